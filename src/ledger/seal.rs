//! Sealing: what the ledger must keep secret is encrypted, what it must recognise is digested with a key.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Encrypted bytes, base64: nonce, then AES-256-GCM's output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

/// The key of one stack, read or made when it is first needed.
pub struct Sealer {
    source: Source,
    key: OnceLock<Option<Zeroizing<[u8; 32]>>>,
    /// The key of the digests, sealed, where it is another one.
    digests: Option<Sealed>,
    digest_key: OnceLock<Option<Zeroizing<[u8; 32]>>>,
}

enum Source {
    Text(Zeroizing<String>),
    File(PathBuf),
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    /// With `RINGFENCE_ENCRYPTION_KEY`'s text, or the key file of a local ledger (made at first need, mode 0600).
    pub fn new(text: Option<String>, file: &Path) -> Sealer {
        let source = match text.filter(|t| !t.is_empty()) {
            Some(text) => Source::Text(Zeroizing::new(text)),
            None => Source::File(file.to_path_buf()),
        };
        Sealer { source, key: OnceLock::new(), digests: None, digest_key: OnceLock::new() }
    }

    /// The same for a ledger that says which key its digests have.
    pub fn with_digests(self, digests: Option<&Sealed>) -> Sealer {
        Sealer { digests: digests.cloned(), digest_key: OnceLock::new(), ..self }
    }

    /// Tells this key from others, without telling it.
    pub fn id(&self) -> String {
        self.key().map(|key| tag(key, b"ringfence: which key is it")).unwrap_or_default()
    }

    /// The key of the digests. `None`: there is no key, or it cannot be opened.
    pub(super) fn digest_key(&self) -> Option<&Zeroizing<[u8; 32]>> {
        match &self.digests {
            None => self.key(),
            Some(sealed) => self
                .digest_key
                .get_or_init(|| Some(Zeroizing::new(self.open(sealed)?.try_into().ok()?)))
                .as_ref(),
        }
    }

    fn key(&self) -> Option<&Zeroizing<[u8; 32]>> {
        self.key
            .get_or_init(|| match &self.source {
                Source::Text(text) => Some(fold(text.as_bytes())),
                Source::File(path) => read_or_make(path),
            })
            .as_ref()
    }

    /// Encrypts. Without a usable key (its file can neither be read nor written) the content is dropped, never
    /// written in clear: it then cannot be opened.
    pub fn seal(&self, clear: &[u8]) -> Sealed {
        let sealed = || -> Option<String> {
            let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.key()?[..]).ok()?);
            let mut nonce = [0; NONCE_LEN];
            SystemRandom::new().fill(&mut nonce).ok()?;
            let mut text = clear.to_vec();
            let at = Nonce::assume_unique_for_key(nonce);
            key.seal_in_place_append_tag(at, Aad::empty(), &mut text).ok()?;
            Some(STANDARD.encode([&nonce[..], &text].concat()))
        };
        Sealed(sealed().unwrap_or_default())
    }

    /// Decrypts; `None`: another key, or torn.
    pub fn open(&self, sealed: &Sealed) -> Option<Vec<u8>> {
        let bytes = STANDARD.decode(&sealed.0).ok()?;
        let (nonce, text) = bytes.split_at_checked(NONCE_LEN)?;
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &self.key()?[..]).ok()?);
        let mut text = text.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let clear = key.open_in_place(nonce, Aad::empty(), &mut text).ok()?;
        Some(clear.to_vec())
    }

    /// A keyed digest (half of HMAC-SHA-256, hexadecimal): recognises a value without telling it. Without a key it
    /// is empty, and equals no other.
    pub fn digest(&self, text: &[u8]) -> String {
        self.digest_key().map(|key| tag(key, text)).unwrap_or_default()
    }
}

fn tag(key: &[u8; 32], text: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text);
    tag.as_ref()[..16].iter().map(|b| format!("{b:02x}")).collect()
}

fn fold(text: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(digest::digest(&digest::SHA256, text).as_ref());
    key
}

fn read_or_make(path: &Path) -> Option<Zeroizing<[u8; 32]>> {
    if let Ok(bytes) = std::fs::read(path) {
        return Some(fold(&Zeroizing::new(bytes)));
    }
    let mut fresh = Zeroizing::new([0; 32]);
    SystemRandom::new().fill(&mut fresh[..]).ok()?;
    let text = Zeroizing::new(STANDARD.encode(&fresh[..]));
    super::file::write_atomically(path, text.as_bytes()).ok()?;
    Some(fold(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_text_opens_with_the_same_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let one = Sealer::new(None, &folder.path().join("key"));
        let sealed = one.seal(b"secret");
        assert_eq!(one.open(&sealed).unwrap(), b"secret");
        assert_eq!(Sealer::new(None, &folder.path().join("key")).open(&sealed).unwrap(), b"secret");
        assert!(Sealer::new(Some("other".into()), Path::new("x")).open(&sealed).is_none());
        assert!(!serde_json::to_string(&sealed).unwrap().contains("secret"));
        assert_eq!(one.digest(b"a"), one.digest(b"a"));
        assert_ne!(one.digest(b"a"), one.digest(b"b"));
    }

    #[cfg(unix)]
    #[test]
    fn the_key_file_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/key");
        Sealer::new(None, &path).digest(b"x");
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
