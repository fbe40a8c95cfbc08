//! The four models, and how they are named on a command line.

use std::io;
use std::str::FromStr;

use crate::{Acceptor, Handler, one, pool, processes, threads};

/// A way to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// One client after the other.
    One,
    /// A thread for each client.
    Threads,
    /// A process for each client; on Unix systems only.
    Processes,
    /// This many threads for all clients.
    Pool(usize, Submit),
}

/// How a client is handed over to the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Submit {
    /// And waited for, as Python's `Pool.apply` does: so one after the other.
    Wait,
    /// And accept goes on, as with `Pool.apply_async`.
    Queue,
}

impl FromStr for Submit {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "wait" => Ok(Submit::Wait),
            "queue" => Ok(Submit::Queue),
            _ => Err(()),
        }
    }
}

impl Model {
    /// The model of this name; a pool has 4 workers and a queue unless it is said.
    ///
    /// # Errors
    ///
    /// What was wrong and what is expected.
    pub fn new(
        name: &str,
        workers: Option<usize>,
        submit: Option<Submit>,
    ) -> Result<Self, String> {
        let for_pool = workers.is_some() || submit.is_some();
        match name {
            "pool" => {
                let submit = submit.unwrap_or(Submit::Queue);
                Ok(Model::Pool(workers.unwrap_or(4), submit))
            }
            "one" | "threads" | "processes" if for_pool => Err(format!(
                "--workers and --submit are for --model pool, not for {name}"
            )),
            "one" => Ok(Model::One),
            "threads" => Ok(Model::Threads),
            "processes" if cfg!(unix) => Ok(Model::Processes),
            "processes" => Err("--model processes needs a Unix system, where a \
                                connection can be a program's standard input; \
                                expected one, threads or pool"
                .to_string()),
            _ => Err(format!(
                "--model {name:?} is wrong, expected one, threads, processes or pool"
            )),
        }
    }

    /// Serves who comes, until nobody is accepted any more.
    ///
    /// # Errors
    ///
    /// There are no threads for the pool's workers.
    pub(crate) fn serve(
        self,
        acceptor: Acceptor,
        handler: &Handler,
    ) -> io::Result<()> {
        match self {
            Model::One => one::serve(acceptor, handler),
            Model::Threads => threads::serve(acceptor, handler),
            Model::Processes => processes::serve(acceptor, handler),
            Model::Pool(workers, submit) => {
                return pool::serve(acceptor, handler, workers, submit);
            }
        }
        Ok(())
    }
}
