//! Questions to name servers and their answers: RFC 1035, with SRV of RFC 2782 and the larger packets of RFC 6891.
//! ```text
//! header: id, flags, counts of the four sections (2 bytes each) | question: name, kind, class 1
//! answer: name, kind, class, seconds to live (4), length (2), data      name: (length u8, bytes)* 0, or 0xc000 | offset
//! ```
//! Names are shown with escapes as zone files have them and end in a dot.

use crate::error::WireError;

/// What a name server is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Hosts that take mail.
    Mx,
    /// Name servers.
    Ns,
    /// Hosts and ports of a service.
    Srv,
}

impl RecordKind {
    fn number(self) -> u16 {
        match self {
            RecordKind::A => 1,
            RecordKind::Ns => 2,
            RecordKind::Mx => 15,
            RecordKind::Aaaa => 28,
            RecordKind::Srv => 33,
        }
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// An address.
    Address(std::net::IpAddr),
    /// A host that takes mail.
    Mail(String),
    /// A name server.
    Server(String),
    /// A host and port of a service.
    Service {
        /// Its name.
        target: String,
        /// Its port.
        port: u16,
    },
}

/// What a name server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The number of the question.
    pub id: u16,
    /// Whether the answer did not fit: it is to be asked for over TCP.
    pub truncated: bool,
    /// 0: well; 3: no such name; others: failures.
    pub code: u8,
    /// Records of the kinds above.
    pub records: Vec<Record>,
}

/// "No such name".
pub const NO_SUCH_NAME: u8 = 3;
/// The largest packet that is offered to be taken.
pub const MAX_PACKET_BYTES: u16 = 4096;
/// The longest name on the wire.
const MAX_NAME_BYTES: usize = 255;
/// Jumps of one name: each halves what is left of a packet at best; more is a loop.
const MAX_JUMPS: usize = 64;
/// The class of the internet.
const INTERNET: u16 = 1;
/// The kind of the record that offers larger packets.
const OPTIONS: u16 = 41;

/// The packet that asks for records of a name; the error names what no name can be.
pub fn question(id: u16, name: &str, kind: RecordKind) -> Result<Vec<u8>, WireError> {
    let wrong = || WireError::Value(format!("{name:?} is no name that a name server can be asked for"));
    let mut out = Vec::with_capacity(64);
    out.extend_from_slice(&id.to_be_bytes());
    // Recursion desired; one question, one additional record.
    out.extend_from_slice(&[1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    let start = out.len();
    for label in name.trim_end_matches('.').split('.') {
        let length =
            u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length)).ok_or_else(wrong)?;
        out.push(length);
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
    if out.len() - start > MAX_NAME_BYTES {
        return Err(wrong());
    }
    out.extend_from_slice(&kind.number().to_be_bytes());
    out.extend_from_slice(&INTERNET.to_be_bytes());
    out.push(0);
    out.extend_from_slice(&OPTIONS.to_be_bytes());
    out.extend_from_slice(&MAX_PACKET_BYTES.to_be_bytes());
    out.extend_from_slice(&[0; 6]);
    Ok(out)
}

/// Reads an answer.
pub fn answer(bytes: &[u8]) -> Result<Answer, WireError> {
    let mut packet = Packet { bytes, at: 0 };
    let id = packet.u16()?;
    let [high, low] = packet.u16()?.to_be_bytes();
    if high & 0x80 == 0 {
        return Err(WireError::Value("a question where an answer is expected".to_owned()));
    }
    let questions = packet.u16()?;
    let answers = packet.u16()?;
    packet.u16()?;
    packet.u16()?;
    for _ in 0..questions {
        packet.name()?;
        packet.u16()?;
        packet.u16()?;
    }
    let truncated = high & 0x02 != 0;
    let mut records = Vec::new();
    for _ in 0..answers {
        match packet.record() {
            Ok(record) => records.extend(record),
            // What did not fit is cut off anywhere.
            Err(_) if truncated => break,
            Err(error) => return Err(error),
        }
    }
    Ok(Answer { id, truncated, code: low & 0x0f, records })
}

struct Packet<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Packet<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], WireError> {
        let taken = self.bytes.get(self.at..).and_then(|rest| rest.get(..length));
        let taken = taken.ok_or_else(|| WireError::Value("the packet ends early".to_owned()))?;
        self.at += length;
        Ok(taken)
    }

    fn u8(&mut self) -> Result<u8, WireError> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, WireError> {
        let bytes = self.take(2)?;
        Ok(u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn record(&mut self) -> Result<Option<Record>, WireError> {
        self.name()?;
        let (kind, class) = (self.u16()?, self.u16()?);
        self.take(4)?;
        let length = usize::from(self.u16()?);
        let end = self.at + length;
        let record = match kind {
            _ if class != INTERNET => None,
            1 => self.take(4)?.try_into().ok().map(|octets: [u8; 4]| Record::Address(octets.into())),
            28 => self.take(16)?.try_into().ok().map(|octets: [u8; 16]| Record::Address(octets.into())),
            2 => Some(Record::Server(self.name()?)),
            15 => {
                self.u16()?;
                Some(Record::Mail(self.name()?))
            }
            33 => {
                self.take(4)?;
                let port = self.u16()?;
                Some(Record::Service { port, target: self.name()? })
            }
            _ => None,
        };
        self.at = end;
        Ok(record)
    }

    fn name(&mut self) -> Result<String, WireError> {
        let endless = || WireError::Value("a name without end".to_owned());
        let mut out = String::new();
        let (mut length_so_far, mut jumps, mut behind) = (0, 0, None);
        loop {
            let length = self.u8()?;
            match length {
                0 => break,
                1..=63 => {
                    length_so_far += usize::from(length) + 1;
                    if length_so_far > MAX_NAME_BYTES {
                        return Err(endless());
                    }
                    self.take(usize::from(length))?.iter().for_each(|byte| push(&mut out, *byte));
                    out.push('.');
                }
                0xc0.. => {
                    let low = self.u8()?;
                    behind.get_or_insert(self.at);
                    jumps += 1;
                    if jumps > MAX_JUMPS {
                        return Err(endless());
                    }
                    self.at = usize::from(length & 0x3f) << 8 | usize::from(low);
                }
                _ => return Err(WireError::Value("a name of an unknown form".to_owned())),
            }
        }
        if let Some(behind) = behind {
            self.at = behind;
        }
        if out.is_empty() {
            out.push('.');
        }
        Ok(out)
    }
}

/// A byte of a name as zone files show it.
fn push(out: &mut String, byte: u8) {
    match byte {
        b'.' | b'\\' | b'"' | b'(' | b')' | b';' | b'@' | b'$' => {
            out.push('\\');
            out.push(char::from(byte));
        }
        0x21..=0x7e => out.push(char::from(byte)),
        _ => out.push_str(&format!("\\{byte:03}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The answer to `question` with these records: kind and data.
    fn answered(question: &[u8], flags: [u8; 2], records: &[(u16, Vec<u8>)]) -> Vec<u8> {
        let mut out = question[..2].to_vec();
        out.extend_from_slice(&flags);
        out.extend_from_slice(&[0, 1, 0, u8::try_from(records.len()).unwrap(), 0, 0, 0, 0]);
        // Without the additional record of 11 bytes.
        out.extend_from_slice(&question[12..question.len() - 11]);
        for (kind, data) in records {
            out.extend_from_slice(&[0xc0, 12]);
            out.extend_from_slice(&kind.to_be_bytes());
            out.extend_from_slice(&[0, 1, 0, 0, 0, 60]);
            out.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
            out.extend_from_slice(data);
        }
        out
    }

    #[test]
    fn answers_of_each_kind_are_read() {
        let asked = question(7, "_http._tcp.example.com", RecordKind::Srv).unwrap();
        // `web.` and the rest of the question's name, which begins behind `_http._tcp.`.
        let web = [vec![0, 1, 0, 2, 0x1f, 0x90, 3], b"web".to_vec(), vec![0xc0, 12 + 11]].concat();
        let records = [
            (33, web),
            (1, vec![10, 0, 0, 1]),
            (28, [vec![0; 15], vec![1]].concat()),
            (15, vec![0, 5, 2, b'a', b'.', 0]),
            (2, vec![0]),
            (16, vec![1, 2]),
        ];
        let read = answer(&answered(&asked, [0x81, 0x80], &records)).unwrap();
        assert_eq!((read.id, read.truncated, read.code), (7, false, 0));
        assert_eq!(
            read.records,
            [
                Record::Service { target: "web.example.com.".into(), port: 8080 },
                Record::Address([10, 0, 0, 1].into()),
                Record::Address(std::net::Ipv6Addr::LOCALHOST.into()),
                Record::Mail("a\\..".into()),
                Record::Server(".".into()),
            ]
        );
        let none = answer(&answered(&asked, [0x81, 0x83], &[])).unwrap();
        assert_eq!((none.code, none.records.len()), (NO_SUCH_NAME, 0));
        let mut cut = answered(&asked, [0x83, 0x80], &records);
        cut.truncate(cut.len() - 5);
        assert_eq!(answer(&cut).map(|read| (read.truncated, read.records.len())), Ok((true, 5)));
        assert!(answer(&asked).is_err() && answer(&cut[..20]).is_err());
    }

    #[test]
    fn a_name_that_leads_to_itself_ends() {
        let mut packet = vec![0, 1, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        packet.extend_from_slice(&[0xc0, 12]);
        assert!(answer(&packet).is_err());
    }

    #[test]
    fn only_names_are_asked_for() {
        assert!(question(1, "a.b.", RecordKind::A).is_ok());
        let (long, many) = ("a".repeat(64), "a.".repeat(140));
        for name in ["", "a..b", &long, &many] {
            assert!(question(1, name, RecordKind::A).is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0usize..60) {
            drop(answer(&bytes));
            let asked = question(1, "a.example.com", RecordKind::A).unwrap();
            let mut whole = answered(&asked, [0x81, 0x80], &[(33, bytes)]);
            drop(answer(&whole));
            whole.truncate(cut);
            drop(answer(&whole));
        }
    }
}
