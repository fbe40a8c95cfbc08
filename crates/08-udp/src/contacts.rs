//! The messenger's contacts: names with addresses, and groups of names, from JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use cli::printable;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::{Map, Value};

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
    /// `InvalidData`, with what is wrong and what was expected: also if a name or an
    /// address stands there twice, for only one of the two would count.
    pub fn from_json(bytes: &[u8]) -> io::Result<Self> {
        let Entries(entries) = serde_json::from_slice(bytes)
            .map_err(|error| invalid(format!("{error}; {EXPECTED}")))?;
        let mut contacts = Contacts::default();
        for (name, value) in &entries {
            match value {
                Value::String(text) => contacts.add_person(name, text)?,
                Value::Array(_) => {} // when all people are known
                _ => {
                    return Err(invalid(format!(
                        "{name:?} has {value}; {EXPECTED}"
                    )));
                }
            }
        }
        for (name, value) in &entries {
            if let Value::Array(members) = value {
                let group = contacts
                    .members(members)
                    .map_err(|error| invalid(format!("group {name:?}: {error}")))?;
                contacts.groups.insert(name.clone(), group);
            }
        }
        Ok(contacts)
    }

    fn add_person(&mut self, name: &str, text: &str) -> io::Result<()> {
        let addr = text.parse().map_err(|_| {
            let expected = "expected IP:PORT such as 127.0.0.1:7081";
            invalid(format!("{name:?} has {text:?}, {expected}"))
        })?;
        if let Some((_, other)) = self.who_has(addr) {
            let text = format!("{name:?} has {addr}, and so has {other:?}");
            return Err(invalid(format!("{text}; expected an address for each")));
        }
        self.people.insert(name.to_string(), addr);
        Ok(())
    }

    fn members(&self, names: &[Value]) -> io::Result<Vec<SocketAddr>> {
        let mut group = Vec::new();
        for name in names {
            let addr = match name.as_str() {
                Some(name) => self.address_of(name)?,
                None => {
                    let text = format!("{name} is no name, expected a string");
                    return Err(invalid(text));
                }
            };
            if group.contains(&addr) {
                return Err(invalid(format!("{name} stands there twice")));
            }
            group.push(addr);
        }
        Ok(group)
    }

    /// The address of one person.
    ///
    /// # Errors
    ///
    /// `NotFound`, with the names of the people.
    pub fn address_of(&self, name: &str) -> io::Result<SocketAddr> {
        self.people.get(name).copied().ok_or_else(|| {
            not_found(name, self.people.keys().map(String::as_str).collect())
        })
    }

    /// The address of a person, or those of a group.
    ///
    /// # Errors
    ///
    /// `NotFound`, with all names that there are.
    pub fn addresses_of(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        match (self.people.get(name), self.groups.get(name)) {
            (Some(addr), _) => Ok(vec![*addr]),
            (None, Some(group)) => Ok(group.clone()),
            (None, None) => Err(not_found(name, self.names())),
        }
    }

    fn names(&self) -> Vec<&str> {
        self.people.keys().chain(self.groups.keys()).map(String::as_str).collect()
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
        f.write_str(&self.names().join(", "))
    }
}

/// What stands in the file, name by name: none twice, and each fit for a terminal.
struct Entries(Map<String, Value>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(EntriesVisitor)
    }
}

/// serde_json's own map would keep the last of two entries with the same name.
struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
        let mut entries = Map::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            let is_printable = printable(name.as_bytes()) == name;
            if name.is_empty() || name == "quit" || !is_printable {
                return Err(A::Error::custom(format!("{name:?} cannot be a name")));
            }
            if entries.contains_key(&name) {
                return Err(A::Error::custom(format!(
                    "{name:?} stands there twice"
                )));
            }
            entries.insert(name, value);
        }
        Ok(Entries(entries))
    }
}

fn not_found(name: &str, names: Vec<&str>) -> io::Error {
    let names = names.join(", ");
    let text = format!("{name:?} has no address, expected one of {names}");
    io::Error::new(ErrorKind::NotFound, text)
}

fn invalid(text: String) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, text)
}
