//! Types that are kept as they are sent: machines, disks, clusters, other services around a workspace. Their operations have
//! the shape of their provider; what they do is not modelled.

use base64::Engine as _;
use serde_json::json;

use super::common::{insert, secret};
use crate::localcloud::failure::ArmFailure;
use crate::localcloud::rules::{Action, Answer, Call, Seconds, Shape, TypeRules};
use crate::localcloud::world::World;

const STATEFUL: TypeRules = TypeRules { put: Shape::STATE_ONLY, ..TypeRules::REGIONAL };

const fn takes(create: f64, update: f64, delete: f64) -> Seconds {
    Seconds { create, update, delete }
}

/// A new pair of keys: what it looks like is right, that nobody can log in with it does not matter here.
fn key_pair(world: &mut World, call: &Call) -> Result<Answer, ArmFailure> {
    let engine = base64::engine::general_purpose::STANDARD;
    let modulus = engine.decode(secret(world, &call.document.id, "modulus", 384)).unwrap_or_default();
    let mut wire = Vec::new();
    for part in [&b"ssh-rsa"[..], &[1, 0, 1], &[&[0][..], &modulus].concat()] {
        wire.extend(u32::try_from(part.len()).unwrap_or_default().to_be_bytes());
        wire.extend(part);
    }
    let public = format!("ssh-rsa {} generated-by-azure", engine.encode(wire));
    let text = secret(world, &call.document.id, "private", 1_200);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|l| std::str::from_utf8(l).ok()).collect();
    let private = format!(
        "-----BEGIN RSA PRIVATE KEY-----\r\n{}\r\n-----END RSA PRIVATE KEY-----\r\n",
        lines.join("\r\n")
    );
    world.change(call.id.key(), |body| {
        if let Some(properties) = body.get_mut("properties") {
            insert(properties, "publicKey", public.clone());
        }
    });
    Ok(Answer::ok(json!({ "privateKey": private, "publicKey": public, "id": call.document.id })))
}

/// The rows.
pub const TYPES: &[TypeRules] = &[
    TypeRules {
        type_name: "Microsoft.Compute/sshPublicKeys",
        put: Shape::SYNC,
        seconds: takes(1.0, 1.0, 1.0),
        actions: &[Action {
            name: "generateKeyPair",
            method: "POST",
            run: key_pair,
            shape: None,
            seconds: 0.0,
        }],
        ..TypeRules::REGIONAL
    },
    TypeRules {
        type_name: "Microsoft.Compute/diskEncryptionSets",
        seconds: takes(10.0, 5.0, 10.0),
        ..STATEFUL
    },
    TypeRules {
        type_name: "Microsoft.ContainerInstance/containerGroups",
        delete: Shape::DELETE_BODY,
        seconds: takes(40.0, 20.0, 5.0),
        ..STATEFUL
    },
    TypeRules {
        type_name: "Microsoft.Databricks/workspaces",
        seconds: takes(175.0, 60.0, 324.0),
        ..STATEFUL
    },
];
