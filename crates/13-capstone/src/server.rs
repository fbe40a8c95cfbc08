//! What all users of a server share, and who becomes one.

use std::env;
use std::io;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use cli::{Args, Error, complain, context};
use file_transfer::Folder;
use socketserver::{Model, serve_until, start};

use crate::door::{Door, Visitor};
use crate::session::Session;
use crate::strangers::Strangers;
use crate::users::Users;
use crate::{Keys, Log, Outgoing, handshake};

/// What all users share. It has no `Debug`: nobody can log the keys by mistake.
pub struct Server {
    /// Who may come.
    pub keys: Keys,
    /// Where the files are, and where commands run.
    pub folder: Folder,
    /// How long a command may run.
    pub timeout: Duration,
    /// How long a client may neither send nor take anything; not while its command
    /// runs and prints nothing.
    pub idle_timeout: Duration,
    /// How long the handshake may take, all of it.
    pub auth_timeout: Duration,
    /// The largest file that is taken, in bytes.
    pub max_size: u64,
    /// How many clients at once, strangers among them.
    pub max_clients: usize,
    /// Who has not yet proved who it is.
    pub strangers: Strangers,
    /// Where events are noted.
    pub log: Log,
    /// Who is here.
    pub users: Users,
}

/// Serves until the first of `stops`. Then clients may go on for `grace`, or until the
/// second, and are cut.
///
/// # Errors
///
/// The system's: there is no thread to begin with.
pub fn serve(
    listener: TcpListener,
    server: Server,
    grace: Duration,
    stops: Receiver<()>,
) -> io::Result<()> {
    let model = Model::Threads(server.max_clients);
    let server = Arc::new(server);
    let handler = move |client: &mut Visitor, peer: &str| {
        server.talk(client, peer);
        Ok(())
    };
    let running = start(Door(listener), handler, model)?;
    serve_until(stops, grace, vec![running]);
    Ok(())
}

impl Server {
    /// What the command line says. The process is in the shared folder then.
    ///
    /// # Errors
    ///
    /// Wrong usage, or a file or folder that cannot be used.
    pub fn from_args(args: &mut Args) -> Result<Self, Error> {
        let seconds = |args: &mut Args, name, default| {
            args.seconds(name)
                .map(|given| given.unwrap_or(Duration::from_secs(default)))
        };
        let keys: Option<PathBuf> = args.option("--keys", "a file")?;
        let keys = keys.ok_or_else(|| {
            let text = "no keys, expected --keys FILE with a line NAME KEY each";
            Error::Usage(text.to_string())
        })?;
        let folder: Option<PathBuf> = args.option("--folder", "a folder")?;
        let log: Option<PathBuf> = args.option("--log", "a file")?;
        let folder = folder.unwrap_or(PathBuf::from("."));
        let share = context(format!("cannot share {}", folder.display()));
        let server = Server {
            timeout: seconds(args, "--timeout", 300)?,
            idle_timeout: seconds(args, "--idle-timeout", 60)?,
            auth_timeout: seconds(args, "--auth-timeout", 10)?,
            max_size: args
                .option("--max-size", "a number of bytes")?
                .unwrap_or(u64::MAX),
            keys: Keys::read(&keys)?,
            log: log.as_deref().map(Log::append).transpose()?.unwrap_or_default(),
            folder: Folder::new(&folder).map_err(share)?,
            max_clients: args.number("--max-clients", 1..=1_000_000)?.unwrap_or(64),
            strangers: Strangers::default(),
            users: Users::default(),
        };
        warn_if_shared(&keys, &folder)?;
        env::set_current_dir(&folder)?; // where commands are started
        Ok(server)
    }

    /// Lets a client in, if it proves who it is, and talks with it until its end.
    /// All of that is in the log.
    fn talk(self: &Arc<Self>, client: &Visitor, peer: &str) {
        if let Err(error) = self.try_to_talk(client, peer) {
            self.log.complain(format_args!("{peer} {error}"));
        }
    }

    fn try_to_talk(
        self: &Arc<Self>,
        client: &Visitor,
        peer: &str,
    ) -> io::Result<()> {
        let stream = &client.stream;
        // One is left over: for who comes next.
        let seats = self.max_clients.saturating_sub(self.users.count() + 1);
        let handshake = || handshake::accept(stream, &self.keys, self.auth_timeout);
        let (user, sender, receiver) =
            self.strangers.host(stream.try_clone()?, seats, handshake)?;
        stream.set_read_timeout(Some(self.idle_timeout))?;
        stream.set_write_timeout(Some(self.idle_timeout))?;
        let who = format!("{peer} {user}");
        let session = Session {
            server: Arc::clone(self),
            who: who.clone(),
            place: self.users.enter(&user, peer),
            is_cut: Arc::clone(&client.is_cut),
            receiver,
            outgoing: Arc::new(Outgoing::new(sender, stream.try_clone()?)),
            running: None,
        };
        self.log.say(format_args!("{who} is here"));
        session
            .talk()
            .map_err(|error| match client.is_cut.load(Ordering::SeqCst) {
                true => io::Error::other("cut: the server ends"),
                false => error,
            })
            .map_err(context(&user))?;
        self.log.say(format_args!("{who} has left"));
        Ok(())
    }
}

/// Who may run commands can read the keys wherever they are; nobody should come upon
/// them in `ls`.
fn warn_if_shared(keys: &Path, folder: &Path) -> io::Result<()> {
    if keys.canonicalize()?.parent() == Some(&folder.canonicalize()?) {
        let name = keys.display();
        complain(format!(
            "warning: {name} lies in the shared folder, where all can get it"
        ));
    }
    Ok(())
}
