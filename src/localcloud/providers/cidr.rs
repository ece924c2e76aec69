//! Address ranges: IPv4 and IPv6 prefixes, as subnets are judged by.

use std::net::IpAddr;

/// An address prefix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cidr {
    v6: bool,
    base: u128,
    /// Length of the prefix in bits.
    pub length: u8,
}

fn number(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(v4) => (false, u128::from(u32::from(v4))),
        IpAddr::V6(v6) => (true, u128::from(v6)),
    }
}

impl Cidr {
    /// Reads `10.0.0.0/16`; `None` if it is no prefix. Bits beyond the length are kept: see [`Cidr::is_aligned`].
    pub fn parse(text: &str) -> Option<Cidr> {
        let (address, length) = text.split_once('/')?;
        let (v6, base) = number(address.parse().ok()?);
        let length: u8 = length.parse().ok()?;
        (length <= if v6 { 128 } else { 32 }).then_some(Cidr { v6, base, length })
    }

    fn bits(self) -> u8 {
        if self.v6 { 128 } else { 32 }
    }

    fn mask(self) -> u128 {
        let host = u32::from(self.bits() - self.length);
        let all = if self.v6 { u128::MAX } else { u128::from(u32::MAX) };
        if host >= 128 { 0 } else { all >> host << host }
    }

    /// False if bits beyond the length are set (`10.0.0.1/16`).
    pub fn is_aligned(self) -> bool {
        self.base & self.mask() == self.base
    }

    /// The prefix without the bits beyond its length, as text.
    pub fn aligned(self) -> String {
        format!("{}/{}", self.address(self.base & self.mask()), self.length)
    }

    fn address(self, number: u128) -> IpAddr {
        if self.v6 {
            IpAddr::V6(number.into())
        } else {
            IpAddr::V4(u32::try_from(number).unwrap_or(u32::MAX).into())
        }
    }

    /// True if `other` lies wholly in this prefix.
    pub fn contains(self, other: Cidr) -> bool {
        self.v6 == other.v6
            && self.length <= other.length
            && other.base & self.mask() == self.base & self.mask()
    }

    /// True if the two share an address.
    pub fn overlaps(self, other: Cidr) -> bool {
        self.contains(other) || other.contains(self)
    }

    /// True if the address lies in this prefix.
    pub fn holds(self, address: IpAddr) -> bool {
        let (v6, number) = number(address);
        v6 == self.v6 && number & self.mask() == self.base & self.mask()
    }

    /// True for an IPv6 prefix.
    pub fn is_v6(self) -> bool {
        self.v6
    }

    /// All its addresses, in their order.
    pub fn addresses(self) -> impl Iterator<Item = IpAddr> {
        let first = self.base & self.mask();
        let size = 1_u128 << u32::from(self.bits() - self.length).min(127);
        (0..size).map(move |n| self.address(first + n))
    }

    /// The addresses that a subnet gives away, in their order: all but the first four and the last (NET-04).
    pub fn hosts(self) -> impl Iterator<Item = IpAddr> {
        let first = self.base & self.mask();
        let size = 1_u128 << u32::from(self.bits() - self.length).min(127);
        (4..size.saturating_sub(1)).map(move |n| self.address(first + n))
    }

    /// True if the address is one of those that Azure keeps for itself.
    pub fn is_reserved(self, address: IpAddr) -> bool {
        let (_, number) = number(address);
        let first = self.base & self.mask();
        let last = first | !self.mask() & if self.v6 { u128::MAX } else { u128::from(u32::MAX) };
        number < first + 4 || number == last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_know_what_lies_in_them() {
        let net = Cidr::parse("10.20.0.0/16").unwrap();
        let subnet = Cidr::parse("10.20.1.0/24").unwrap();
        assert!(net.contains(subnet) && !subnet.contains(net) && net.overlaps(subnet));
        assert!(!Cidr::parse("10.21.0.0/24").unwrap().overlaps(net));
        assert!(Cidr::parse("10.20.0.0/33").is_none() && Cidr::parse("10.20.0.0").is_none());
        let slanted = Cidr::parse("10.20.1.7/24").unwrap();
        assert!(!slanted.is_aligned());
        assert_eq!(slanted.aligned(), "10.20.1.0/24");
        assert!(Cidr::parse("0.0.0.0/0").unwrap().contains(net));
        assert!(Cidr::parse("fd00::/48").unwrap().contains(Cidr::parse("fd00:0:0:1::/64").unwrap()));
    }

    #[test]
    fn net_04_the_first_four_and_the_last_address_are_kept() {
        let subnet = Cidr::parse("10.0.0.0/29").unwrap();
        let given: Vec<String> = subnet.hosts().map(|a| a.to_string()).collect();
        assert_eq!(given, ["10.0.0.4", "10.0.0.5", "10.0.0.6"]);
        assert!(
            subnet.is_reserved("10.0.0.3".parse().unwrap())
                && subnet.is_reserved("10.0.0.7".parse().unwrap())
        );
        assert!(!subnet.is_reserved("10.0.0.4".parse().unwrap()));
    }
}
