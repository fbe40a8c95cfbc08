use book::*;
fn main() {
    let root = scene::find::root();
    let m = measured::Measured::read(&root, "clients").unwrap();
    for lang in Lang::ALL {
        let mut page = String::from(
            "<style>body{background:#fff;color:#222}figure{width:560px;display:inline-block;margin:8px}body.dark{--bg:#14181c;--fg:#d5dbe1;--fig-a:#85b9f7;--fig-b:#f2a873;--fig-c:#86d18d;--fig-d:#c9a6f2;background:#14181c}</style><body class=dark>",
        );
        for name in [
            "stay-rate",
            "stay-p50",
            "stay-p99",
            "visit-rate",
            "visit-p50",
            "visit-p99",
            "memory",
            "kernel",
        ] {
            page += &plot::render(&root, lang, "clients", name).unwrap();
        }
        std::fs::write(format!("/tmp/b10-{}.html", lang.folder()), page).unwrap();
        println!("{}", table::markdown(&m, lang, &["stay-rate"]).unwrap());
        println!(
            "{}",
            table::markdown(&m, lang, &["stay-p50", "stay-p99"]).unwrap()
        );
        println!(
            "{}",
            table::markdown(&m, lang, &["visit-p50", "visit-p99"]).unwrap()
        );
        println!("{}", table::markdown(&m, lang, &["memory"]).unwrap());
    }
}
