//! The addresses of a machine: its interfaces have them.

use super::read::deep;
use super::table::{Object, Shown};
use crate::arm::id::ArmId;
use crate::catalog::lens::{Context, Fetched, Stop};
use crate::catalog::value::strings;
use crate::lang::{Type, Value};

/// azurerm reads interfaces and public addresses at this version.
const NETWORK: &str = "2025-01-01";

const NAMES: [&str; 4] =
    ["private_ip_address", "private_ip_addresses", "public_ip_address", "public_ip_addresses"];

/// What was found of one kind; `None`: it cannot be known yet.
type Found = Option<Vec<String>>;

/// The addresses, read only where an expression uses them.
pub(super) fn addresses(all: &mut Object, shown: &Shown<'_>) -> Result<(), Stop> {
    let ids: Vec<Value> = all
        .get("network_interface_ids")
        .and_then(Value::as_sequence)
        .map(<[Value]>::to_vec)
        .unwrap_or_default();
    let (private, public) = match NAMES.iter().any(|name| (shown.cx.wanted)(name)) {
        true => find(&ids, shown.cx)?,
        false => (None, None),
    };
    for (names, found) in [(&NAMES[..2], private), (&NAMES[2..], public)] {
        let (one, many) = match &found {
            Some(found) => {
                let first = found.first().map_or_else(|| Value::null(Type::String), |f| f.as_str().into());
                (first, strings(found.iter().map(String::as_str)))
            }
            None => (Value::unknown(Type::String), Value::unknown(Type::list(Type::String))),
        };
        all.insert(names[0].into(), one);
        all.insert(names[1].into(), many);
    }
    Ok(())
}

/// Private and public addresses of these interfaces, in their order.
fn find(ids: &[Value], cx: &Context<'_>) -> Result<(Found, Found), Stop> {
    let (mut private, mut public) = (Some(Vec::new()), Some(Vec::new()));
    for id in ids {
        let Some(interface) = read(id, cx)? else { return Ok((None, None)) };
        let configurations = deep(&interface, &["properties", "ipConfigurations"]);
        for configuration in configurations.and_then(Value::as_sequence).unwrap_or_default() {
            note(&mut private, deep(configuration, &["properties", "privateIPAddress"]));
            if let Some(id) = deep(configuration, &["properties", "publicIPAddress", "id"]) {
                match read(id, cx)? {
                    Some(address) => note(&mut public, deep(&address, &["properties", "ipAddress"])),
                    None => public = None,
                }
            }
        }
    }
    Ok((private, public))
}

fn note(all: &mut Found, value: Option<&Value>) {
    match value {
        Some(value) if value.is_unknown() => *all = None,
        Some(value) => {
            if let (Some(all), Some(text)) = (all, value.as_str()) {
                all.push(text.to_owned());
            }
        }
        None => {}
    }
}

/// A document; `None`: it is not there yet, or not known.
fn read(id: &Value, cx: &Context<'_>) -> Result<Option<std::sync::Arc<Value>>, Stop> {
    let Some(id) = id.as_str().and_then(|id| ArmId::parse(id).ok()) else { return Ok(None) };
    match cx.reader.document(&id, NETWORK) {
        Fetched::Pending => Err(Stop::Pending),
        Fetched::Later => Ok(None),
        Fetched::Ready(found) => Ok(found),
    }
}
