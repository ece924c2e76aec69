//! Who may do what (AUTH-03, AUTH-04): the action that a request is ([`action`]), the further actions that what it links to
//! asks for ([`linked`]), and what permissions allow ([`permission`]). Which permissions somebody has is the engine's to know.

pub mod action;
pub mod linked;
pub mod permission;

/// Who sends a request: the client of the world, or one of its identities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// Application id, in lower case.
    pub client_id: String,
    /// Object id: what role assignments name.
    pub object_id: String,
}
