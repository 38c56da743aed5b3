package sipparse

// AoROptions say what of an address of record counts. The zero value is a registrar
// with use_domain=0 and case_sensitive=0; OpenSIPS' default is both set.
type AoROptions struct {
	Domain        bool // the host too, not the user alone: use_domain
	CaseSensitive bool // "A" and "a" are two users: case_sensitive
}

// AppendAoR appends the normal form of u as an address of record, the index of the
// registrar's bindings (RFC 3261 §10.3 step 5: all parameters removed, escaped
// characters converted to their unescaped form). B is what u was parsed from.
//
//	sip:Al%69ce:pw@EXAMPLE.com:5061;user=phone  Alice@example.com, or Alice
//	tel:+1-201-555-0123                         +12015550123
//	tel:863-1234;phone-context=Example.com      8631234;phone-context=example.com
//
// There is no scheme in it: a user of sip and of sips is the same. There is no port
// and no password: OpenSIPS leaves them out, and a phone that sends the default port
// is the same user. The host is in lower case, an IPv6 address in the form of RFC
// 5952. Visual separators are removed from tel URIs only: in a sip URI "1-2" and "12"
// are two users even with user=phone (§19.1.4), and the parameter does not count.
//
// What comes out is visible ASCII and may follow "sip:" or "tel:" as it is; it comes
// out the same then. So a control character, a space, one of % @ : < > " and what is
// not ASCII stays escaped, or is escaped, in upper case: %00 never cuts a name, %2500
// is another name, and what is no UTF-8 reaches no database.
//
// It returns ErrURI, and dst, for other schemes, for a URI without the part that
// counts, and for a local number without its phone-context.
func AppendAoR(dst, b []byte, u *URI, o AoROptions) ([]byte, Error) {
	out := dst
	switch {
	case u.Scheme == SchemeTel:
		out = appendTelAoR(dst, b, u)
	case u.Scheme != SchemeSIP && u.Scheme != SchemeSIPS:
	case !o.Domain:
		out = appendAoRText(dst, u.User.Of(b), aorUser(o))
	case u.User.IsZero():
		out = appendHost(dst, u.Host.Of(b))
	default:
		out = appendAoRText(dst, u.User.Of(b), aorUser(o))
		out = appendHost(append(out, '@'), u.Host.Of(b))
	}
	if len(out) == len(dst) {
		return dst, ErrURI
	}
	return out, OK
}

// An aorText is how a text of an address of record is written.
type aorText struct {
	plain // not escaped
	rule  textRule
}

func aorUser(o AoROptions) aorText {
	if o.CaseSensitive {
		return aorText{plainAoR, exact}
	}
	return aorText{plainAoR, folded}
}

func appendAoRText(dst, b []byte, x aorText) []byte {
	for p := 0; ; {
		var c int
		if c, p = x.rule.next(b, p); c == endOfText {
			return dst
		}
		if c &^= escaped; plains[c]&x.plain != 0 {
			dst = append(dst, byte(c))
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
}

// appendTelAoR appends the number, and the context of a local one; dst if it is not
// complete.
func appendTelAoR(dst, b []byte, u *URI) []byte {
	out := appendAoRText(dst, u.User.Of(b), aorText{plainTel, digits})
	switch {
	case len(out) == len(dst):
		return dst
	case out[len(dst)] == '+':
		return out
	}
	var p URIPair
	if !u.ParamPairs(b).findName("phone-context", &p) || p.Value.Len() == 0 {
		return dst
	}
	context := p.Value.Of(b)
	out = append(out, ";phone-context="...)
	return appendAoRText(out, context, aorText{plainTel, contextRule(context)})
}

// appendHost appends a host in its normal form.
func appendHost(dst, host []byte) []byte {
	if a, ok := HostAddr(host); ok && host[0] == '[' {
		dst = append(dst, '[')
		if a.Is4() {
			dst = append(dst, "::ffff:"...)
		}
		return append(a.AppendTo(dst), ']')
	}
	for _, c := range host {
		dst = append(dst, lower(c))
	}
	return dst
}
