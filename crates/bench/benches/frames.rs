//! Lesson 6's frames beside a plain copy of the same bytes.

use std::hint::black_box;
use std::time::Duration;

use criterion::{
    BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use custom_header::{MAX_MESSAGE, read_frame, write_frame};

/// Each is a folder in target/criterion/frames, where `bench frames` finds it.
const SIZES: [usize; 4] = [64, 1024, 64 * 1024, MAX_MESSAGE];

fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("frames");
    group.warm_up_time(Duration::from_millis(500));
    group.measurement_time(Duration::from_secs(2));
    for size in SIZES {
        group.throughput(Throughput::Bytes(size as u64));
        let payload = vec![b'x'; size];
        let mut buffer = Vec::new();

        // Into memory that is there already: nothing is faster.
        group.bench_function(BenchmarkId::new("copy", size), |bencher| {
            bencher.iter(|| {
                buffer.clear();
                buffer.extend_from_slice(black_box(&payload));
                black_box(buffer.len())
            });
        });
        // Into new memory, as a reader that returns what it has read.
        group.bench_function(BenchmarkId::new("copy_to_new", size), |bencher| {
            bencher.iter(|| black_box(&payload).to_vec());
        });
        group.bench_function(BenchmarkId::new("write_frame", size), |bencher| {
            bencher.iter(|| {
                buffer.clear();
                write_frame(&mut buffer, black_box(&payload))
            });
        });
        let mut frame = Vec::new();
        write_frame(&mut frame, &payload).expect("a payload within the limit");
        group.bench_function(BenchmarkId::new("read_frame", size), |bencher| {
            bencher.iter(|| read_frame(&mut black_box(&frame[..]), MAX_MESSAGE));
        });
    }
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
