// The form of bench/measure.py in Rust, with the standard library alone: by CGI, or by FastCGI on the socket that is standard input, with
// PROCESSES threads. DATA is the folder; LOG=shared appends to a file a day, LOG=files makes a file a submission; DURABLE=yes flushes
// before the answer. Debian has no crate for FastCGI, so the few records that a responder needs are read here.
use std::collections::HashMap;
use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::io::{AsRawFd, FromRawFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

extern "C" {
    fn flock(file: i32, operation: i32) -> i32;
}
const LOCK_EX: i32 = 2;
const LOCK_UN: i32 = 8;
const MOST: usize = 1 << 20;
const CHECKS: [(&str, bool, usize); 5] =
    [("name", true, 100), ("email", true, 254), ("topic", false, 20), ("message", true, 5000), ("website", false, 200)];

type Variables = HashMap<String, String>;

struct Keeper {
    folder: String,
    shared: bool,
    durable: bool,
    random: File,
    day: String,
    log: Option<File>, // of that day
}

fn decode(text: &[u8]) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut i = 0;
    while i < text.len() {
        match text[i] {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = std::str::from_utf8(text.get(i + 1..i + 3)?).ok()?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                i += 2;
            }
            byte => bytes.push(byte),
        }
        i += 1;
    }
    String::from_utf8(bytes).ok()
}

fn parse(body: &[u8]) -> Option<Vec<(String, String)>> {
    let pairs = body.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let equals = pair.iter().position(|&byte| byte == b'=').unwrap_or(pair.len());
            Some((decode(&pair[..equals])?, decode(pair.get(equals + 1..).unwrap_or(b""))?))
        })
        .collect()
}

fn is_address(text: &str) -> bool {
    let (local, domain) = text.split_once('@').unwrap_or(("", ""));
    let word = |c: char| c.is_ascii_alphanumeric() || "_.!#$%&'*+/=?^`{|}~-".contains(c);
    let label = |l: &str| !l.is_empty() && l.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    !local.is_empty() && local.chars().all(word) && domain.split('.').all(label)
}

fn check<'a>(posted: &'a [(String, String)], fields: &mut Vec<(&'static str, &'a str)>) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, required, most) in CHECKS {
        let mut values = posted.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next().unwrap_or("");
        if values.next().is_some() {
            faults.push(format!("{name}: one text, please."));
        } else if value.is_empty() {
            if required {
                faults.push(format!("{name}: please fill this in."));
            }
        } else if value.chars().count() > most {
            faults.push(format!("{name}: no more than {most} characters, please."));
        } else if name == "email" && !is_address(value) {
            faults.push("email: this is no e-mail address.".into());
        } else if name == "topic" && !["sales", "support", "other"].contains(&value) {
            faults.push("topic: please choose one.".into());
        } else {
            fields.push((name, value));
        }
    }
    faults
}

fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The day and the moment, in UTC, as RFC 3339 writes them.
fn now() -> (String, String) {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let (days, second) = ((since.as_secs() / 86400) as i64, since.as_secs() % 86400);
    let z = days + 719468; // days since the first of March of the year 0
    let era = z / 146097;
    let of_era = z - era * 146097;
    let year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let day = format!("{:04}-{:02}-{:02}", year + era * 400 + i64::from(month <= 2), month, date);
    let moment = format!("{day}T{:02}:{:02}:{:02}.{:03}Z", second / 3600, second / 60 % 60, second % 60, since.subsec_millis());
    (day, moment)
}

impl Keeper {
    fn new() -> io::Result<Keeper> {
        let value = |name| env::var(name).unwrap_or_default();
        Ok(Keeper {
            folder: value("DATA"),
            shared: value("LOG") != "files",
            durable: value("DURABLE") == "yes",
            random: File::open("/dev/urandom")?,
            day: String::new(),
            log: None,
        })
    }

    fn id(&mut self) -> io::Result<String> {
        let mut bytes = [0; 15];
        self.random.read_exact(&mut bytes)?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn append(&mut self, line: &[u8], day: &str) -> io::Result<()> {
        if self.day != day {
            let path = format!("{}/{day}.jsonl", self.folder);
            self.log = Some(OpenOptions::new().append(true).create(true).mode(0o640).open(path)?);
            self.day = day.into();
        }
        let log = self.log.as_mut().unwrap();
        if unsafe { flock(log.as_raw_fd(), LOCK_EX) } < 0 {
            return Err(io::Error::last_os_error());
        }
        let written = log.write_all(line);
        unsafe { flock(log.as_raw_fd(), LOCK_UN) };
        written?;
        if self.durable { log.sync_data() } else { Ok(()) }
    }

    fn make_file(&self, line: &[u8], id: &str) -> io::Result<()> {
        let temporary = format!("{}/.{id}", self.folder);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o640).open(&temporary)?;
        file.write_all(line)?;
        if self.durable {
            file.sync_all()?;
        }
        fs::rename(temporary, format!("{}/{id}.json", self.folder))
    }
}

fn answer(status: &str, title: &str, text: &str, header: &str) -> String {
    format!("Status: {status}\r\n{header}Content-Type: text/html; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n\r\n\
        <!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n{text}\n</html>\n")
}

fn write_record(id: &str, moment: &str, fields: &[(&str, &str)], variables: &Variables) -> String {
    let mut line = format!("{{\"id\":\"{id}\",\"form\":\"contact\",\"received\":\"{moment}\",\"fields\":{{");
    for (i, (name, value)) in fields.iter().filter(|(name, _)| *name != "website").enumerate() {
        line.push_str(if i > 0 { ",\"" } else { "\"" });
        line.push_str(name);
        line.push_str("\":");
        quote(&mut line, value);
    }
    line.push_str("},\"files\":[],\"client\":{\"address\":");
    quote(&mut line, variables.get("REMOTE_ADDR").map_or("", |text| text));
    line.push_str(",\"agent\":");
    quote(&mut line, variables.get("HTTP_USER_AGENT").map_or("", |text| text));
    line.push('}');
    if fields.iter().any(|(name, _)| *name == "website") {
        line.push_str(",\"spam\":\"trap\"");
    }
    line.push_str("}\n");
    line
}

fn form(variables: &Variables, body: &[u8], keeper: &mut Keeper) -> String {
    let variable = |name| variables.get(name).map_or("", |text: &String| text.as_str());
    if variable("REQUEST_METHOD") != "POST" {
        return answer("405 Method Not Allowed", "Method not allowed", "<p>Please post to this form.</p>", "Allow: POST\r\n");
    }
    let posted = match parse(body) {
        Some(posted) => posted,
        None => return answer("400 Bad Request", "Bad request", "<p>This can't be read.</p>", ""),
    };
    let mut fields = Vec::new();
    let faults = check(&posted, &mut fields);
    if !faults.is_empty() {
        return answer("422 Unprocessable Content", "Please check", &format!("<ul><li>{}</li></ul>", faults.join("</li><li>")), "");
    }
    let (day, moment) = now();
    let kept = keeper.id().and_then(|id| {
        let line = write_record(&id, &moment, &fields, variables);
        if keeper.shared { keeper.append(line.as_bytes(), &day)? } else { keeper.make_file(line.as_bytes(), &id)? }
        Ok(id)
    });
    let location = match kept {
        Ok(id) => format!("http://{}{}/contact/{id}", variable("HTTP_HOST"), variable("SCRIPT_NAME")),
        Err(_) => return answer("503 Service Unavailable", "Not kept", "<p>Your message was not kept. Please try again later.</p>", ""),
    };
    let link = escape(&location);
    let text = format!("<p>What you are looking for is here: <a href=\"{link}\">{link}</a></p>");
    answer("303 See Other", "See other", &text, &format!("Location: {location}\r\n"))
}

// --- FastCGI ---

struct Peer {
    connection: UnixStream,
    buffer: Vec<u8>,
    at: usize,
}

impl Peer {
    /// The next n bytes.
    fn take(&mut self, n: usize) -> io::Result<Vec<u8>> {
        let mut piece = [0; 16384];
        while self.buffer.len() - self.at < n {
            match self.connection.read(&mut piece)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                got => self.buffer.extend_from_slice(&piece[..got]),
            }
        }
        self.at += n;
        Ok(self.buffer[self.at - n..self.at].to_vec())
    }

    /// The kind and the content of the next record.
    fn record(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let head = self.take(8)?;
        let content = self.take(usize::from(head[4]) << 8 | usize::from(head[5]))?;
        self.take(usize::from(head[6]))?;
        Ok((head[1], content))
    }
}

fn record(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1, kind, 0, 1, (content.len() >> 8) as u8, content.len() as u8, 0, 0];
    bytes.extend_from_slice(content);
    bytes
}

fn length(params: &mut &[u8]) -> Option<usize> {
    let (&first, rest) = params.split_first()?;
    if first < 128 {
        *params = rest;
        return Some(usize::from(first));
    }
    let bytes = [first & 127, *rest.first()?, *rest.get(1)?, *rest.get(2)?];
    *params = &rest[3..];
    Some(u32::from_be_bytes(bytes) as usize)
}

fn variables_of(mut params: &[u8]) -> Option<Variables> {
    let mut found = Variables::new();
    while !params.is_empty() {
        let (name, value) = (length(&mut params)?, length(&mut params)?);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        found.insert(text(params.get(..name)?), text(params.get(name..name + value)?));
        params = &params[name + value..];
    }
    Some(found)
}

fn serve(connection: UnixStream, keeper: &mut Keeper) -> io::Result<()> {
    let mut peer = Peer { connection, buffer: Vec::new(), at: 0 };
    let (mut params, mut body) = (Vec::new(), Vec::new());
    loop {
        let (kind, content) = peer.record()?;
        match kind {
            4 => params.extend(content),
            5 if content.is_empty() => break,
            5 => body.extend(content),
            _ => (),
        }
        if params.len() > 65536 || body.len() > MOST {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    let variables = variables_of(&params).ok_or(io::ErrorKind::InvalidData)?;
    let mut bytes = record(6, form(&variables, &body, keeper).as_bytes());
    bytes.extend(record(6, b""));
    bytes.extend(record(3, &[0; 8]));
    peer.connection.write_all(&bytes)
}

fn fastcgi() {
    let listener = unsafe { UnixListener::from_raw_fd(0) };
    let threads = env::var("PROCESSES").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut keeper = Keeper::new().expect("/dev/urandom");
                for connection in listener.incoming().flatten() {
                    let _ = serve(connection, &mut keeper); // a peer that went away
                }
            });
        }
    });
}

fn cgi() -> io::Result<()> {
    let variables: Variables = env::vars().collect();
    let n: usize = variables.get("CONTENT_LENGTH").and_then(|n| n.parse().ok()).unwrap_or(0);
    let mut body = vec![0; n.min(MOST)];
    io::stdin().read_exact(&mut body)?;
    io::stdout().write_all(form(&variables, &body, &mut Keeper::new()?).as_bytes())
}

fn main() {
    if env::var_os("REQUEST_METHOD").is_none() {
        fastcgi();
    } else if let Err(reason) = cgi() {
        eprintln!("{reason}");
        std::process::exit(1);
    }
}
