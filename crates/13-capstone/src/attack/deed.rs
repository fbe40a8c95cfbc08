//! What is done to one record, and how that is said on a command line.

use cli::Error;

/// What is done to the record with this counter; everything else passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Only looks.
    Look,
    /// Sends it on twice.
    Replay(u64),
    /// Does not send it on.
    Drop(u64),
    /// Sends the next one on before it.
    Swap(u64),
    /// Changes the lowest bit of its body's first byte, or of the tag's.
    Flip(u64),
    /// Ends both connections in place of it.
    Cut(u64),
}

impl Deed {
    /// What `--replay K`, `--drop K`, `--swap K`, `--flip K` and `--cut K` say.
    ///
    /// # Errors
    ///
    /// Wrong usage: more than one of them, or no number.
    pub fn from_args(args: &mut cli::Args) -> Result<Self, Error> {
        let mut at = |name| args.option(name, "the number of a record, from 0");
        let deeds = [
            at("--replay")?.map(Deed::Replay),
            at("--drop")?.map(Deed::Drop),
            at("--swap")?.map(Deed::Swap),
            at("--flip")?.map(Deed::Flip),
            at("--cut")?.map(Deed::Cut),
        ];
        let deeds: Vec<Deed> = deeds.into_iter().flatten().collect();
        match deeds[..] {
            [] => Ok(Deed::Look),
            [deed] => Ok(deed),
            _ => {
                let text = "expected only one record and what is done to it";
                Err(Error::Usage(text.to_string()))
            }
        }
    }
}
