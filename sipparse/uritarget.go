package sipparse

// SameTarget reports whether u, parsed from b, and v, parsed from vb, are the same user at
// the same host. It is coarser than Equal: sip or sips, the port, the password, parameters
// and headers, which clients leave out or add on the way to a proxy, do not matter. Of
// other schemes than these two it is Equal.
func (u *URI) SameTarget(b []byte, v *URI, vb []byte) bool {
	if !u.isSIP() || !v.isSIP() {
		return u.Equal(b, v, vb)
	}
	return u.SameUser(b, v, vb) && equalHost(u.Host.Of(b), v.Host.Of(vb))
}

// SameUser reports whether two sip or sips URIs have the same user, or none.
func (u *URI) SameUser(b []byte, v *URI, vb []byte) bool {
	return u.isSIP() && v.isSIP() && u.User.IsZero() == v.User.IsZero() && equalText(u.User.Of(b), v.User.Of(vb), exact)
}

func (u *URI) isSIP() bool { return u.Scheme == SchemeSIP || u.Scheme == SchemeSIPS }
