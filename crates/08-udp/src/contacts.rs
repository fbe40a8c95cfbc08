//! The messenger's contacts: names with addresses, and groups of names, from JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use serde_json::{Map, Value};

use cli::printable;

const EXPECTED: &str =
    r#"expected such as {"ann": "127.0.0.1:7081", "all": ["ann", "bob"]}"#;

/// Names with an address, and names of groups.
#[derive(Clone, Debug, Default)]
pub struct Contacts {
    people: BTreeMap<String, SocketAddr>,
    groups: BTreeMap<String, Vec<SocketAddr>>,
}

impl Contacts {
    /// From a JSON object: a string is somebody's address, an array a group of
    /// names.
    ///
    /// # Errors
    ///
    /// `InvalidData`, with what is wrong and what was expected.
    pub fn from_json(bytes: &[u8]) -> io::Result<Self> {
        let object: Map<String, Value> = serde_json::from_slice(bytes)
            .map_err(|error| invalid(format!("{error}; {EXPECTED}")))?;
        let mut contacts = Contacts::default();
        for (name, value) in &object {
            if name.is_empty()
                || name == "quit"
                || printable(name.as_bytes()) != *name
            {
                return Err(invalid(format!("{name:?} cannot be a name")));
            }
            match value {
                Value::String(text) => {
                    let addr = text.parse().map_err(|_| {
                        let expected = "expected IP:PORT such as 127.0.0.1:7081";
                        invalid(format!("{name:?} has {text:?}, {expected}"))
                    })?;
                    contacts.people.insert(name.clone(), addr);
                }
                Value::Array(_) => {} // when all people are known
                _ => {
                    return Err(invalid(format!(
                        "{name:?} has {value}; {EXPECTED}"
                    )));
                }
            }
        }
        for (name, value) in &object {
            if let Value::Array(members) = value {
                let group = contacts
                    .members(members)
                    .map_err(|error| invalid(format!("group {name:?}: {error}")))?;
                contacts.groups.insert(name.clone(), group);
            }
        }
        Ok(contacts)
    }

    fn members(&self, names: &[Value]) -> io::Result<Vec<SocketAddr>> {
        let address = |name: &Value| match name.as_str() {
            Some(name) => self.address_of(name),
            None => Err(invalid(format!("{name} is no name, expected a string"))),
        };
        names.iter().map(address).collect()
    }

    /// The address of one person.
    ///
    /// # Errors
    ///
    /// `NotFound`, with the names that there are.
    pub fn address_of(&self, name: &str) -> io::Result<SocketAddr> {
        self.people.get(name).copied().ok_or_else(|| {
            let text = format!("{name:?} has no address, expected one of {self}");
            io::Error::new(ErrorKind::NotFound, text)
        })
    }

    /// The address of a person, or those of a group.
    ///
    /// # Errors
    ///
    /// As [`address_of`](Contacts::address_of).
    pub fn addresses_of(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        match self.groups.get(name) {
            Some(group) => Ok(group.clone()),
            None => Ok(vec![self.address_of(name)?]),
        }
    }

    /// Who has this address: a name and its place among the people, from 0.
    pub fn who_has(&self, addr: SocketAddr) -> Option<(usize, &str)> {
        let mut people = self.people.iter().enumerate();
        people.find_map(|(place, (name, known))| {
            (*known == addr).then_some((place, name.as_str()))
        })
    }
}

/// All names with commas between them, people first.
impl fmt::Display for Contacts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.people.keys().chain(self.groups.keys());
        f.write_str(&names.map(String::as_str).collect::<Vec<_>>().join(", "))
    }
}

fn invalid(text: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, text)
}
