//! What a drawing says in words, in both languages: its labels, and a sentence for
//! each event.

use crate::event::{Direction, Onward, What, bytes};
use crate::frames::{Kind, Part};
use crate::svg::pen::{Both, same};

/// The two ends of a connection, as the heads of their life lines.
pub const CLIENT: [&str; 2] = ["client", "客户端"];
/// The other one.
pub const SERVER: [&str; 2] = ["server", "服务端"];

/// The label of a connection that begins.
pub const CONNECT: [&str; 2] = ["connect", "连接"];

/// A client from which no datagram has come before.
pub const NEW: [&str; 2] = ["a new client", "新的客户端"];

/// In front of the sentences.
pub const PREFACE: [&str; 2] = [
    "Time runs downwards, not to scale. The client is on the left, wiretap in the \
     middle, the server on the right.",
    "时间自上而下，不按比例。左边是客户端，中间是 wiretap，右边是服务端。",
];

/// A drawing without a title of its own.
pub const TITLE: [&str; 2] = [
    "What passed between client and server, as wiretap saw it",
    "客户端和服务端之间传了什么（wiretap 的记录）",
];

/// Owned.
pub fn owned(words: [&str; 2]) -> Both {
    words.map(str::to_string)
}

/// Who sends in this direction.
pub fn sender(direction: Direction) -> [&'static str; 2] {
    match direction {
        Direction::ClientToServer => CLIENT,
        Direction::ServerToClient => SERVER,
    }
}

/// A number of bytes, and where they begin.
pub fn size(size: usize, sign: char, offset: u64) -> Both {
    [
        format!("{}  {sign}{offset}", bytes(size as u64)),
        format!("{size} 字节  {sign}{offset}"),
    ]
}

/// For so many microseconds nothing has happened.
pub fn wait(time: u64) -> Both {
    let seconds = time as f64 / 1e6;
    [format!("{seconds:.1} s"), format!("{seconds:.1} 秒")]
}

/// In front of a sentence about what comes after a wait.
pub fn after([en, zh]: Both) -> Both {
    [format!("After {en}: "), format!("过了 {zh}：")]
}

/// So many bytes of a piece are not shown.
pub fn bytes_more(count: usize) -> Both {
    [format!("and {} more", bytes(count as u64)), format!("还有 {count} 字节")]
}

/// So many parts of frames are not told apart.
pub fn parts_more(count: usize) -> Both {
    [format!("and {count} parts more"), format!("还有 {count} 部分")]
}

/// So many events are not drawn.
pub fn events_more(count: u64) -> Both {
    [
        format!("and {count} events more, not drawn"),
        format!("还有 {count} 个事件，没有画出来"),
    ]
}

/// The number of a connection, where there are several.
pub fn connection(number: u64) -> Both {
    [format!("connection {number}"), format!("连接 {number}")]
}

/// What a part of a frame is called, as in the terminal.
pub fn part(part: &Part) -> Both {
    let before = if part.starts { "" } else { "…" };
    let after = if part.ends { "" } else { "…" };
    let zh = match (part.kind, part.number) {
        (Kind::Length, Some(number)) => format!("长度 {number}"),
        (Kind::Length, None) => "长度".into(),
        (Kind::Header, _) => "头部".into(),
        (Kind::Body, Some(size)) => format!("正文 {size} 字节"),
        (Kind::Body, None) => "正文".into(),
        (Kind::Unknown, _) => return same(""),
    };
    [part.label(), format!("{before}{zh}{after}")]
}

/// The label of an end of file: what it is, and what is left.
pub fn end(total: u64, half: bool) -> [Both; 2] {
    let left = match half {
        true => ["half closed", "半关闭"],
        false => ["closed", "已关闭"],
    };
    [
        owned(["end of file", "文件结束"]),
        [
            format!("{}, {}", bytes(total), left[0]),
            format!("共 {total} 字节，{}", left[1]),
        ],
    ]
}

/// What a fault says when it ends something; the words of the record where they are
/// not known.
pub fn fault(name: &str, text: &str) -> Both {
    let (what, rest) = text.split_once(", ").unwrap_or((text, ""));
    let zh = match what {
        "end of file to both sides" => "两边都收到文件结束",
        "end of file" => "文件结束",
        "a reset to both sides" => "两边都被复位",
        "nothing more is taken" => "不再收任何数据",
        _ => return same(&format!("*{name}: {text}")),
    };
    // "1 byte is not sent on", "2 bytes are not sent on"
    let count = rest.split(' ').next().unwrap_or_default().parse().ok();
    let rest = count.map(|count| {
        [
            format!(", {} not sent on", bytes(count)),
            format!("，{count} 字节没有转发"),
        ]
    });
    let [en, zh_rest] = rest.unwrap_or_default();
    [format!("*{name}: {what}{en}"), format!("*{name}：{zh}{zh_rest}")]
}

/// The sentence for a piece; `shown` is what stands in its box.
pub fn piece(what: &What, datagram: bool, shown: &Both) -> Both {
    let (piece, en, zh) = match what {
        What::Arrived { piece, onward } => {
            let (en, zh) = match onward {
                Onward::AsTheyCame => ("passes through as it came", "原样通过"),
                Onward::Disturbed => (
                    "stops at wiretap, where a fault acts on it",
                    "到 wiretap 停下，由故障处理",
                ),
                Onward::Never => ("is not sent on", "没有转发"),
            };
            (piece, en.to_string(), zh.to_string())
        }
        What::Sent { piece, faults } => {
            let [to, to_zh] = sender(piece.direction.other());
            let names = faults.join(", ");
            let en = format!("is sent on to the {to} ({names})");
            (piece, en, format!("由 wiretap 发给{to_zh}（{names}）"))
        }
        _ => return same(""),
    };
    let [from, from_zh] = sender(piece.direction);
    let (size, offset) = (piece.size, piece.offset);
    let (place, place_zh) = match datagram {
        true => (format!("datagram {offset}"), format!("第 {offset} 个数据报")),
        false => (format!("offset {offset}"), format!("偏移 {offset}")),
    };
    let [shown, shown_zh] = shown;
    [
        format!(
            "A piece from the {from} ({}, {place}: {shown}) {en}.",
            bytes(size as u64)
        ),
        format!("{from_zh}的一块（{size} 字节，{place_zh}：{shown_zh}）{zh}。"),
    ]
}

/// The sentence for anything but a piece.
pub fn sentence(what: &What) -> Both {
    match what {
        What::Connect { .. } => owned([
            "The client connects to wiretap, and wiretap to the server.",
            "客户端连接 wiretap，wiretap 再连接服务端。",
        ]),
        What::NoServer { error, .. } => [
            format!("The client connects to wiretap and is closed: {error}."),
            format!("客户端连上 wiretap 以后被关闭：{error}。"),
        ],
        What::End { direction, total, half } => {
            let [from, zh] = sender(*direction);
            let [_, [left, left_zh]] = end(*total, *half);
            [
                format!("End of file from the {from}: {left}."),
                format!("{zh}发来文件结束：{left_zh}。"),
            ]
        }
        What::Reset { direction } => {
            let [from, zh] = sender(*direction);
            [
                format!("The {from} breaks the connection: a reset (RST)."),
                format!("{zh}强行中断连接：复位（RST）。"),
            ]
        }
        What::TimeOut { direction, text } => {
            let [from, zh] = sender(*direction);
            [
                format!("Time-out, nothing comes from the {from}: {text}."),
                format!("超时，{zh}没有动静：{text}。"),
            ]
        }
        What::Failed { direction, error } => {
            let [from, zh] = sender(*direction);
            [
                format!("Failed at the {from}: {error}."),
                format!("{zh}那边出错：{error}。"),
            ]
        }
        What::Fault { fault: name, text, .. } => {
            fault(name, text).map(|text| format!("{text}."))
        }
        What::Faults { faults } => {
            let faults = serde_json::to_string(faults).unwrap_or_default();
            [
                format!("The faults are now {faults}."),
                format!("故障换成：{faults}。"),
            ]
        }
        _ => same(""),
    }
}
