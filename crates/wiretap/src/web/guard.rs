//! Who may ask: only a page that was opened under this address.
//!
//! Every page on the internet can make its reader's browser send requests to this
//! machine, and with a name that it lets point here (DNS rebinding) it could read the
//! answers, too. Both show in what the browser says of itself: the name in `Host`, the
//! page in `Origin`.

use std::net::SocketAddr;

use super::http::{Refusal, Request};

/// The names under which the page may be opened.
#[derive(Debug)]
pub struct Guard(Vec<String>);

impl Guard {
    /// For a listener on this address.
    pub fn new(address: SocketAddr) -> Self {
        let port = address.port();
        let mut hosts = vec![address.to_string()];
        hosts.push(format!("localhost:{port}"));
        if port == 80 {
            hosts.push("localhost".into()); // a browser leaves out HTTP's own port
            hosts.push(address.to_string().trim_end_matches(":80").into());
        }
        Guard(hosts)
    }

    /// Refuses a request that names another host or comes from another page.
    ///
    /// # Errors
    ///
    /// 403, and why.
    pub fn check(&self, request: &Request) -> Result<(), Refusal> {
        let host = request.header("Host");
        if !host.is_some_and(|host| self.knows(host)) {
            let host = host.unwrap_or("(none, or several)");
            let text = format!(
                "Refused: the request is for the host {host:?}, and this is {}. Another \
                 name that points to this machine could belong to a page that wants to \
                 read what passes here (DNS rebinding).",
                self.0[0]
            );
            return Err((403, text));
        }
        let origin = request.header("Origin");
        let own = |origin: &str| {
            origin.strip_prefix("http://").is_some_and(|host| self.knows(host))
        };
        if request.has("Origin") && !origin.is_some_and(own) {
            let origin = origin.unwrap_or("(several)");
            let text = format!(
                "Refused: the request comes from a page of {origin:?}, and only the page \
                 of http://{} may ask here (CSRF).",
                self.0[0]
            );
            return Err((403, text));
        }
        Ok(())
    }

    fn knows(&self, host: &str) -> bool {
        self.0.iter().any(|known| known.eq_ignore_ascii_case(host))
    }
}
