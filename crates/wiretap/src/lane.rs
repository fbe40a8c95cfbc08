//! What the faults make of datagrams, one direction of one client.

use std::mem;

use crate::chance::Chance;
use crate::event::{Direction, Onward};
use crate::fault::Faults;

/// Of so many datagrams `--seed` drops one, doubles one, and sends one on behind the
/// next.
const CHANCE: u64 = 16;

/// A datagram, its number in this direction, and the faults that it has met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// From 1, as it arrived.
    pub number: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The names of their options.
    pub marks: Vec<&'static str>,
}

/// One direction: counts, and holds a datagram that is to change places.
#[derive(Debug)]
pub struct Lane {
    client: u64,
    direction: Direction,
    count: u64,
    /// One datagram, or both copies of one.
    held: Vec<Datagram>,
    chance: Option<Chance>,
}

impl Lane {
    /// Before the first datagram.
    pub fn new(client: u64, direction: Direction) -> Self {
        Lane { client, direction, count: 0, held: Vec::new(), chance: None }
    }

    /// Takes a datagram; returns its number, what becomes of it, and which are to be
    /// sent on now.
    pub fn take(
        &mut self,
        bytes: &[u8],
        faults: &Faults,
    ) -> (u64, Onward, Vec<Datagram>) {
        self.count += 1;
        let number = self.count;
        let bytes = bytes.to_vec();
        let mut datagram = Datagram { number, bytes, marks: Vec::new() };
        let [drop, duplicate, reorder] = self.faults_of(number, faults);
        if drop {
            return (number, Onward::Never, Vec::new());
        }
        datagram.change(faults);
        if duplicate {
            datagram.marks.push("duplicate");
        }
        let holds = reorder && self.held.is_empty();
        if holds {
            datagram.marks.push("reorder");
        }
        let plain = datagram.marks.is_empty();
        let onward = if plain { Onward::AsTheyCame } else { Onward::Disturbed };
        let mut now = vec![datagram; if duplicate { 2 } else { 1 }];
        if holds {
            self.held = mem::take(&mut now);
        } else {
            now.append(&mut self.held);
        }
        (number, onward, now)
    }

    /// Whether a datagram is to be dropped, doubled, held.
    fn faults_of(&mut self, number: u64, faults: &Faults) -> [bool; 3] {
        let lists = [&faults.drop, &faults.duplicate, &faults.reorder];
        let by_count = lists.map(|list| list.contains(&number));
        let Some(seed) = faults.seed else {
            return by_count;
        };
        let (client, direction) = (self.client, self.direction);
        let start = || Chance::new(seed, client, direction);
        let drawn = self.chance.get_or_insert_with(start).up_to(CHANCE);
        [1, 2, 3].map(|fault| drawn == fault || by_count[fault as usize - 1])
    }
}

impl Datagram {
    fn change(&mut self, faults: &Faults) {
        let first = self.bytes.first_mut();
        if let Some(first) = first.filter(|_| faults.corrupt.contains(&self.number))
        {
            *first ^= 1;
            self.marks.push("corrupt");
        }
        let most = faults.truncate.unwrap_or(usize::MAX);
        if self.bytes.len() > most {
            self.bytes.truncate(most);
            self.marks.push("truncate");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends these datagrams through, and returns those that come out, with marks.
    fn through(faults: &Faults, datagrams: &[&str]) -> Vec<String> {
        let mut lane = Lane::new(1, Direction::ClientToServer);
        let out = datagrams.iter().flat_map(|text| {
            let (_, onward, now) = lane.take(text.as_bytes(), faults);
            assert_eq!(
                onward == Onward::Never,
                now.is_empty() && lane.held.is_empty()
            );
            now
        });
        out.map(|datagram| {
            let text = String::from_utf8_lossy(&datagram.bytes).into_owned();
            [&[text.as_str()], &datagram.marks[..]].concat().join(" ")
        })
        .collect()
    }

    const ABCD: [&str; 4] = ["a", "b", "c", "d"];

    #[test]
    fn without_faults_datagrams_pass_as_they_came() {
        assert_eq!(through(&Faults::default(), &ABCD), ABCD);
        assert_eq!(through(&Faults::default(), &[""]), [""]);
    }

    #[test]
    fn each_fault_acts_on_the_datagrams_that_it_counts() {
        let drop = Faults { drop: vec![2, 4], ..Faults::default() };
        assert_eq!(through(&drop, &ABCD), ["a", "c"]);
        let duplicate = Faults { duplicate: vec![1], ..Faults::default() };
        assert_eq!(
            through(&duplicate, &ABCD),
            ["a duplicate", "a duplicate", "b", "c", "d"]
        );
        let corrupt = Faults { corrupt: vec![1], ..Faults::default() };
        assert_eq!(through(&corrupt, &["ab", "ab"]), ["`b corrupt", "ab"]);
        assert_eq!(through(&corrupt, &[""]), [""]);
        let truncate = Faults { truncate: Some(1), ..Faults::default() };
        assert_eq!(through(&truncate, &["ab", "c", ""]), ["a truncate", "c", ""]);
    }

    #[test]
    fn reorder_changes_places_with_the_next() {
        let reorder = |numbers: &[u64]| {
            let faults = Faults { reorder: numbers.to_vec(), ..Faults::default() };
            through(&faults, &ABCD)
        };
        assert_eq!(reorder(&[2]), ["a", "c", "b reorder", "d"]);
        assert_eq!(reorder(&[1, 3]), ["b", "a reorder", "d", "c reorder"]);
        assert_eq!(reorder(&[1, 2]), ["b", "a reorder", "c", "d"]);
        assert_eq!(reorder(&[4]), ["a", "b", "c"]); // there is no next
    }

    #[test]
    fn both_copies_of_a_datagram_change_places_with_the_next() {
        let (duplicate, reorder) = (vec![1], vec![1]);
        let faults = Faults { duplicate, reorder, ..Faults::default() };
        let copy = "a duplicate reorder";
        assert_eq!(through(&faults, &ABCD), ["b", copy, copy, "c", "d"]);
    }

    #[test]
    fn a_seed_decides_the_same_each_time() {
        let texts: Vec<_> = (0..500).map(|number| number.to_string()).collect();
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let run = |seed| {
            let faults = Faults { seed: Some(seed), ..Faults::default() };
            let mut lane = Lane::new(1, Direction::ClientToServer);
            let take = |text: &&str| lane.take(text.as_bytes(), &faults).2;
            texts.iter().flat_map(take).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
        assert!((450..550).contains(&run(7).len()));
    }
}
