//! A command line, taken apart by asking for what a program knows.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::Error;

/// The arguments of a program. Ask for flags and options first, then for what stands
/// without a name, then [`finish`](Args::finish).
#[derive(Debug)]
pub struct Args {
    words: VecDeque<String>,
    /// What stands behind `--`: never an option.
    rest: VecDeque<String>,
}

impl Args {
    /// The arguments this process was started with.
    ///
    /// # Errors
    ///
    /// An argument that is not UTF-8.
    pub(crate) fn from_env() -> Result<Self, Error> {
        Args::new(std::env::args_os().skip(1))
    }

    fn new(args: impl IntoIterator<Item = OsString>) -> Result<Self, Error> {
        let mut words = VecDeque::new();
        for arg in args {
            let word = arg.into_string().map_err(|arg| {
                usage(format!("argument {arg:?} is not UTF-8, expected text"))
            })?;
            words.push_back(word);
        }
        let end = words.iter().position(|word| word == "--");
        let rest = words.split_off(end.unwrap_or(words.len()));
        Ok(Args { words, rest: rest.into_iter().skip(1).collect() })
    }

    pub(crate) fn wants_help(&self) -> bool {
        self.words.iter().any(|word| word == "-h" || word == "--help")
    }

    /// True if the flag (`"--hold"`) is there.
    pub fn flag(&mut self, name: &str) -> bool {
        let before = self.words.len();
        self.words.retain(|word| word != name);
        self.words.len() < before
    }

    /// The value of an option (`--backlog 5` or `--backlog=5`), the last one if it is
    /// given twice. `expected` completes "expected ..." in the error.
    ///
    /// # Errors
    ///
    /// No value, or one that is no `T`.
    pub fn option<T: FromStr>(
        &mut self,
        name: &str,
        expected: &str,
    ) -> Result<Option<T>, Error> {
        let mut found = None;
        while let Some(at) = self.words.iter().position(|word| {
            word.strip_prefix(name)
                .is_some_and(|tail| tail.is_empty() || tail.starts_with('='))
        }) {
            let word = self.words.remove(at).unwrap_or_default();
            let value = match word.split_once('=') {
                Some((_, value)) => value.to_string(),
                None => self.words.remove(at).ok_or_else(|| {
                    usage(format!("{name} needs a value, expected {expected}"))
                })?,
            };
            found = Some(value.parse().map_err(|_| {
                usage(format!("{name} {value:?} is wrong, expected {expected}"))
            })?);
        }
        Ok(found)
    }

    /// The value of an option that counts something.
    ///
    /// # Errors
    ///
    /// No value, or no number within `range`.
    pub fn number(
        &mut self,
        name: &str,
        range: RangeInclusive<usize>,
    ) -> Result<Option<usize>, Error> {
        let expected = format!("a number from {} to {}", range.start(), range.end());
        match self.option(name, &expected)? {
            Some(number) if !range.contains(&number) => {
                Err(usage(format!("{name} {number} is wrong, expected {expected}")))
            }
            number => Ok(number),
        }
    }

    /// The value of an option that counts seconds; fractions are allowed.
    ///
    /// # Errors
    ///
    /// No value, or one that is not above 0 (a socket's time-out cannot be zero) and
    /// at most a million.
    pub fn seconds(&mut self, name: &str) -> Result<Option<Duration>, Error> {
        self.seconds_from(0.000_001, name)
    }

    /// As [`seconds`](Args::seconds), where 0 means "at once".
    ///
    /// # Errors
    ///
    /// No value, or one that is not from 0 to a million.
    pub fn seconds_from_zero(
        &mut self,
        name: &str,
    ) -> Result<Option<Duration>, Error> {
        self.seconds_from(0.0, name)
    }

    fn seconds_from(
        &mut self,
        least: f64,
        name: &str,
    ) -> Result<Option<Duration>, Error> {
        let expected =
            format!("a number of seconds from {least} to 1000000, such as 5");
        match self.option::<f64>(name, &expected)? {
            Some(seconds) if !(least..=1_000_000.0).contains(&seconds) => {
                Err(usage(format!("{name} {seconds} is wrong, expected {expected}")))
            }
            seconds => Ok(seconds.map(Duration::from_secs_f64)),
        }
    }

    /// The next argument that is no option.
    ///
    /// # Errors
    ///
    /// An option that nobody has asked for.
    pub fn positional(&mut self) -> Result<Option<String>, Error> {
        self.refuse_unknown_options()?;
        Ok(self.words.pop_front().or_else(|| self.rest.pop_front()))
    }

    /// The next argument, if there is one, as an address; otherwise `default`.
    ///
    /// # Errors
    ///
    /// Text that is no IP:PORT, or an option that nobody has asked for.
    pub fn address(&mut self, default: &str) -> Result<SocketAddr, Error> {
        let text = self.positional()?;
        parse_address(text.as_deref().unwrap_or(default))
    }

    /// Like [`address`](Args::address), for a program whose next argument may be
    /// something else: takes the argument only if it ends in `:` and digits, as every
    /// address does, mistyped ones too, or is one without its port.
    ///
    /// # Errors
    ///
    /// As `address`.
    pub fn address_if_any(&mut self, default: &str) -> Result<SocketAddr, Error> {
        self.refuse_unknown_options()?;
        let is_address = |word: &String| {
            let has_port = word.rsplit_once(':').is_some_and(|(_, port)| {
                !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
            });
            let host =
                word.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
            let is_ip = host.unwrap_or(word).parse::<IpAddr>().is_ok();
            has_port || is_ip || word == "localhost"
        };
        if self.words.front().is_some_and(is_address) {
            return self.address(default);
        }
        parse_address(default)
    }

    /// As [`address`](Args::address), for a server that gives power over the machine:
    /// an address that other machines can reach is refused unless the flag
    /// `--allow-remote` is there. `danger` completes "... could".
    ///
    /// # Errors
    ///
    /// As `address`, or an address that is not loopback.
    pub fn guarded_address(
        &mut self,
        default: &str,
        danger: &str,
    ) -> Result<SocketAddr, Error> {
        let allowed = self.flag("--allow-remote");
        let addr = self.address(default)?;
        if allowed || addr.ip().is_loopback() {
            return Ok(addr);
        }
        Err(usage(format!(
            "{addr} can be reached from other machines, and whoever reaches it could \
             {danger}; expected a loopback address such as {default}, or --allow-remote \
             if that is meant"
        )))
    }

    /// Refuses whatever is left: nothing on a command line is ignored.
    ///
    /// # Errors
    ///
    /// Any argument that nobody has asked for.
    pub fn finish(&mut self) -> Result<(), Error> {
        match self.positional()? {
            Some(word) => Err(usage(format!(
                "unexpected argument {word:?}, expected nothing more"
            ))),
            None => Ok(()),
        }
    }

    fn refuse_unknown_options(&self) -> Result<(), Error> {
        match self.words.iter().find(|word| word.len() > 1 && word.starts_with('-'))
        {
            Some(word) => Err(usage(format!(
                "unknown option {word:?}, expected one of those in --help, or -- before \
                 what only looks like an option"
            ))),
            None => Ok(()),
        }
    }
}

fn usage(text: impl Display) -> Error {
    Error::Usage(text.to_string())
}

fn parse_address(text: &str) -> Result<SocketAddr, Error> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_string(),
    };
    numeric.parse().map_err(|_| {
        usage(format!(
            "{text:?} is no address, expected IP:PORT such as 127.0.0.1:7001 or [::1]:7001, \
             port 0 to 65535"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Args {
        Args::new(line.split_whitespace().map(OsString::from)).unwrap()
    }

    fn text<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
        match result.unwrap_err() {
            Error::Usage(text) => text,
            other => panic!("not about usage: {other:?}"),
        }
    }

    #[test]
    fn flags_options_and_the_rest_may_stand_in_any_order() {
        let mut args = args("--backlog 7 127.0.0.1:1 --hold --wait=0.5 last");
        assert!(args.flag("--hold") && !args.flag("--hold"));
        assert_eq!(args.option("--backlog", "a number").unwrap(), Some(7));
        let half = Duration::from_millis(500);
        assert_eq!(args.seconds("--wait").unwrap(), Some(half));
        assert_eq!(args.address("[::1]:9").unwrap().port(), 1);
        assert_eq!(args.positional().unwrap().as_deref(), Some("last"));
        args.finish().unwrap();
    }

    #[test]
    fn an_option_is_not_taken_for_one_that_begins_alike() {
        let mut args = args("--backlogs 7");
        assert_eq!(args.option::<u32>("--backlog", "a number").unwrap(), None);
        assert!(text(args.finish()).contains("unknown option \"--backlogs\""));
    }

    #[test]
    fn the_last_of_two_equal_options_counts() {
        let mut args = args("--n 1 --n=2");
        assert_eq!(args.option("--n", "a number").unwrap(), Some(2));
    }

    #[test]
    fn behind_two_dashes_nothing_is_an_option() {
        let mut args = args("-- --hold");
        assert!(!args.flag("--hold") && !args.wants_help());
        assert_eq!(args.positional().unwrap().as_deref(), Some("--hold"));
    }

    #[test]
    fn each_mistake_says_what_was_wrong_and_what_is_expected() {
        let bad = |line: &str| text(args(line).address("127.0.0.1:1"));
        for line in ["127.0.0.1", "127.0.0.1:99999", "example.com:80", "x", "::1:"] {
            assert!(
                bad(line).contains(line) && bad(line).contains("expected IP:PORT")
            );
        }
        assert!(bad("--nope").contains("unknown option \"--nope\""));
        let number = |line: &str| text(args(line).option::<u32>("--n", "a number"));
        assert_eq!(number("--n"), "--n needs a value, expected a number");
        assert_eq!(number("--n x"), "--n \"x\" is wrong, expected a number");
        let counted = |line: &str| text(args(line).number("--n", 1..=9));
        for line in ["--n 0", "--n 10", "--n x", "--n -1", "--n"] {
            assert!(counted(line).ends_with("expected a number from 1 to 9"));
        }
        for line in ["--t 0", "--t -1", "--t nan", "--t inf", "--t 1e300", "--t x"] {
            assert!(
                text(args(line).seconds("--t")).contains("expected a number of")
            );
        }
        let from_zero = |line: &str| args(line).seconds_from_zero("--t");
        assert_eq!(from_zero("--t 0").unwrap(), Some(Duration::ZERO));
        assert!(text(from_zero("--t -1")).ends_with("from 0 to 1000000, such as 5"));
        assert!(
            text(args("more").finish()).contains("unexpected argument \"more\"")
        );
    }

    #[test]
    fn an_address_that_others_can_reach_needs_a_flag() {
        let guarded = |line: &str| args(line).guarded_address("127.0.0.1:1", "rule");
        for line in ["", "127.9.9.9:5", "[::1]:5", "0.0.0.0:5 --allow-remote"] {
            assert!(guarded(line).is_ok(), "{line}");
        }
        for line in ["0.0.0.0:5", "[::]:5", "10.0.0.1:5", "[::ffff:127.0.0.1]:5"] {
            let text = text(guarded(line));
            assert!(text.contains("could rule; expected a loopback"), "{text}");
        }
    }

    #[test]
    fn localhost_is_the_loopback_address() {
        let addr = args("localhost:80").address("127.0.0.1:1").unwrap();
        assert_eq!(addr.to_string(), "127.0.0.1:80");
    }

    #[test]
    fn a_message_is_not_taken_for_an_address_but_a_mistyped_address_is() {
        let default = "127.0.0.1:1";
        let mut one = args("hello");
        assert_eq!(one.address_if_any(default).unwrap().port(), 1);
        assert_eq!(one.positional().unwrap().as_deref(), Some("hello"));
        assert_eq!(args("[::1]:5").address_if_any(default).unwrap().port(), 5);
        assert!(
            text(args("127.0.0.1:70000").address_if_any(default))
                .contains("no address")
        );
        for bare in ["127.0.0.1", "::1", "[::1]", "localhost"] {
            let text = text(args(bare).address_if_any(default));
            assert!(text.contains("no address"), "{bare}");
        }
        let mut bracketed = args("[a-z]");
        assert!(bracketed.address_if_any(default).is_ok());
        assert_eq!(bracketed.positional().unwrap().as_deref(), Some("[a-z]"));
        let mut behind = args("-- 10:30");
        assert_eq!(behind.address_if_any(default).unwrap().port(), 1);
        assert_eq!(behind.positional().unwrap().as_deref(), Some("10:30"));
    }
}
