//! As much of HTTP/1.1 as the page needs: one request a connection, small bodies,
//! everything within limits (RFC 9112).
//!
//! Only the request's head is parsed by a library. The small blocking HTTP servers
//! for Rust allocate what a request announces, or stop accepting when descriptors
//! run out: one rude request would end the tap.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// The largest head of a request, in bytes.
const MAX_HEAD: usize = 8 * 1024;

/// The largest body, in bytes: the faults take a few hundred.
pub const MAX_BODY: usize = 4096;

/// A request must be complete in this time, and each write is given up after it.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long and how much is still read behind an answer.
const FAREWELL: Duration = Duration::from_secs(1);
const MAX_REST: usize = 64 * 1024;

/// With every answer: nobody may frame the page, and it loads nothing from
/// elsewhere.
const SAFETY: &str = "\
Cache-Control: no-store\r
Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; \
img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
frame-ancestors 'none'\r
Cross-Origin-Resource-Policy: same-origin\r
Referrer-Policy: no-referrer\r
X-Content-Type-Options: nosniff\r
Connection: close\r\n";

/// What a browser asks for.
#[derive(Debug)]
pub struct Request {
    /// `GET`, `POST`.
    pub method: String,
    /// Without what stands behind a `?`.
    pub path: String,
    headers: Vec<(String, String)>,
    /// At most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
}

/// A request that is not served: the status, and why.
pub type Refusal = (u16, String);

impl Request {
    /// The value of a header, or none also if it is there twice: then nobody knows
    /// which one counts.
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        let mut found = self.headers.iter().filter(named);
        found.next().filter(|_| found.next().is_none()).map(|(_, value)| &value[..])
    }

    /// True if the header is there, whatever it says.
    pub fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name))
    }

    /// How long the body is to be.
    fn length(&self) -> Result<usize, Refusal> {
        if self.has("Transfer-Encoding") {
            return Err((411, "expected Content-Length".into()));
        }
        let given = match self.has("Content-Length") {
            false => return Ok(0),
            true => self.header("Content-Length").unwrap_or_default(),
        };
        let digits = !given.is_empty() && given.bytes().all(|b| b.is_ascii_digit());
        match given.parse() {
            Ok(length) if digits && length <= MAX_BODY => Ok(length),
            _ if digits => {
                Err((413, format!("a body of {given} bytes, at most {MAX_BODY}")))
            }
            _ => Err((400, format!("Content-Length {given:?} is no number"))),
        }
    }
}

/// Reads one request. `Ok(None)`: the other side has closed without any.
///
/// # Errors
///
/// The stream's, `TimedOut` if it takes too long; inside: what is to be refused.
pub fn read(stream: &mut TcpStream) -> io::Result<Option<Result<Request, Refusal>>> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let end = Instant::now() + PATIENCE;
    let mut bytes = Vec::new();
    let (mut request, head) = loop {
        match parse(&bytes) {
            Ok(Some(found)) => break found,
            Ok(None) if bytes.len() < MAX_HEAD => {}
            Ok(None) => {
                let text = format!("a head of more than {MAX_HEAD} bytes");
                return Ok(Some(Err((431, text))));
            }
            Err(error) => return Ok(Some(Err((400, error.to_string())))),
        }
        match more(stream, &mut bytes, end) {
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                return Ok(None);
            }
            read => read?,
        }
    };
    let length = match request.length() {
        Ok(length) => length,
        Err(refusal) => return Ok(Some(Err(refusal))),
    };
    while bytes.len() < head + length {
        more(stream, &mut bytes, end)?;
    }
    request.body = bytes[head..head + length].to_vec();
    Ok(Some(Ok(request)))
}

fn more(
    stream: &mut TcpStream,
    bytes: &mut Vec<u8>,
    end: Instant,
) -> io::Result<()> {
    let left = end.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(ErrorKind::TimedOut.into());
    }
    stream.set_read_timeout(Some(left))?;
    let mut buffer = [0; 1024];
    match stream.read(&mut buffer) {
        Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
        Ok(size) => {
            bytes.extend_from_slice(&buffer[..size]);
            Ok(())
        }
        // A stop and a continue end a read that has a time-out (signal(7)).
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(()),
        Err(error) => Err(error),
    }
}

/// The request without its body, and where that begins; nothing if the head is not
/// complete.
fn parse(bytes: &[u8]) -> Result<Option<(Request, usize)>, httparse::Error> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = parsed.parse(bytes)? else {
        return Ok(None);
    };
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers =
        parsed.headers.iter().map(|header| (header.name.into(), text(header.value)));
    let path = parsed.path.unwrap_or_default();
    let request = Request {
        method: parsed.method.unwrap_or_default().to_string(),
        path: path.split('?').next().unwrap_or_default().to_string(),
        headers: headers.collect(),
        body: Vec::new(),
    };
    Ok(Some((request, head)))
}

/// Answers, and closes soon after, whatever the other side does.
///
/// # Errors
///
/// The stream's.
pub fn answer(
    mut stream: TcpStream,
    status: u16,
    kind: &str,
    body: &str,
) -> io::Result<()> {
    let length = body.len();
    let mut text = head(status, kind);
    text += &format!("Content-Length: {length}\r\n\r\n{body}");
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(text.as_bytes())?;
    // Closed with bytes unread, the connection would be reset, and the answer lost.
    stream.shutdown(Shutdown::Write)?;
    let (mut rest, end) = (Vec::new(), Instant::now() + FAREWELL);
    while rest.len() < MAX_REST && more(&mut stream, &mut rest, end).is_ok() {}
    Ok(())
}

/// The head of an answer, without the empty line behind it.
pub fn head(status: u16, kind: &str) -> String {
    let reason = match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        431 => "Request Header Fields Too Large",
        _ => "Service Unavailable",
    };
    format!("HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\n{SAFETY}")
}
