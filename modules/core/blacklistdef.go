package core

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/transport"
)

// A definition is a dst_blacklist line:
//
//	name [ "/" flag *( "," flag ) ] [ ":" rules ]
//	flag  = "expire" / "default" / "readonly"
//	rules = [ "!" ] net / "{" rule *( "," rule ) "}"
//	rule  = [ "!" ] "(" [ proto "," ] net [ "," port [ "," pattern ] ] ")"
//
// Without flags the list is read-only, as OpenSIPS has it.
type definition struct {
	name                        string
	readOnly, expire, byDefault bool
	rules                       []*proxy.BlacklistRule
}

func parseDefinition(text string) (*definition, error) {
	d := new(definition)
	name, body, hasRules := strings.Cut(text, ":")
	name, flags, hasFlags := strings.Cut(name, "/")
	d.name = strings.TrimSpace(name)
	if d.name == "" || strings.ContainsAny(d.name, " \t{}()") {
		return nil, fmt.Errorf("%q is no name of a list; write name/flags:{rules}", d.name)
	}
	d.readOnly = !hasFlags
	if hasFlags {
		for _, f := range strings.Split(flags, ",") {
			if err := d.flag(strings.TrimSpace(f)); err != nil {
				return nil, err
			}
		}
	}
	if hasRules {
		return d, d.parseRules(strings.TrimSpace(body))
	}
	return d, nil
}

func (d *definition) flag(name string) error {
	switch name {
	case "expire":
		d.expire = true
	case "default":
		d.byDefault = true
	case "readonly":
		d.readOnly = true
	default:
		return fmt.Errorf("unknown flag %q: it is expire, default or readonly", name)
	}
	return nil
}

func (d *definition) parseRules(text string) error {
	inside, ok := strings.CutPrefix(text, "{")
	if !ok { // one network, without the parentheses
		return d.add(splitRule(text))
	}
	if inside, ok = strings.CutSuffix(strings.TrimSpace(inside), "}"); !ok {
		return fmt.Errorf("} is missing")
	}
	for rest := strings.TrimSpace(inside); rest != ""; {
		end := closing(rest)
		if end < 0 {
			return fmt.Errorf("a rule is (proto, net, port, pattern), not %s", rest)
		}
		if err := d.add(splitRule(rest[:end])); err != nil {
			return err
		}
		rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest[end:]), ","))
	}
	return nil
}

// closing returns where the rule that rest begins with ends; -1 if it does not begin with
// one. A parenthesis in the pattern is none.
func closing(rest string) int {
	if !strings.HasPrefix(strings.TrimSpace(strings.TrimPrefix(rest, "!")), "(") {
		return -1
	}
	quoted := false
	for i, c := range rest {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ')' && !quoted:
			return i + 1
		}
	}
	return -1
}

// splitRule takes a rule apart: whether it is negated, and its fields.
func splitRule(text string) (not bool, fields []string) {
	text = strings.TrimSpace(text)
	text, not = strings.CutPrefix(text, "!")
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "(") {
		text = strings.TrimSuffix(text[1:], ")")
	}
	quoted, from := false, 0
	for i, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			fields, from = append(fields, strings.TrimSpace(text[from:i])), i+1
		}
	}
	return not, append(fields, strings.TrimSpace(text[from:]))
}

func (d *definition) add(not bool, fields []string) error {
	r := &proxy.BlacklistRule{Not: not, AnyProto: true}
	if p, anyOne, ok := blacklistProto(fields[0]); ok {
		r.Proto, r.AnyProto, fields = p, anyOne, fields[1:]
	}
	if len(fields) == 0 || len(fields) > 3 {
		return fmt.Errorf("a rule is (proto, net, port, pattern)")
	}
	var err error
	if r.Net, err = blacklistNet(fields[0]); err != nil {
		return err
	}
	if len(fields) > 1 {
		n, err := strconv.ParseUint(fields[1], 10, 16)
		if err != nil {
			return fmt.Errorf("%q is no port", fields[1])
		}
		r.Port = uint16(n)
	}
	if len(fields) > 2 {
		r.Pattern = strings.Trim(fields[2], `"`)
	}
	d.rules = append(d.rules, r)
	return nil
}

// blacklistProto reads the name of a protocol, or any.
func blacklistProto(name string) (p transport.Proto, anyOne, ok bool) {
	if strings.EqualFold(name, "any") {
		return p, true, true
	}
	p, ok = transport.ProtoOf([]byte(name))
	return p, false, ok
}

// blacklistNet reads an address, or a network with its mask as a length or written out.
func blacklistNet(text string) (netip.Prefix, error) {
	host, mask, hasMask := strings.Cut(strings.Trim(text, `"`), "/")
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is no address", host)
	}
	bits := ip.BitLen()
	if hasMask {
		if bits = maskLength(mask, ip); bits < 0 {
			return netip.Prefix{}, fmt.Errorf("%q is no mask", mask)
		}
	}
	return ip.Prefix(bits)
}

// maskLength reads 24 or 255.255.255.0; -1 for what is neither.
func maskLength(mask string, ip netip.Addr) int {
	if n, err := strconv.ParseUint(mask, 10, 8); err == nil && int(n) <= ip.BitLen() {
		return int(n)
	}
	m, err := netip.ParseAddr(strings.Trim(mask, "[]"))
	if err != nil || m.BitLen() != ip.BitLen() {
		return -1
	}
	for ones := range m.BitLen() + 1 {
		if slices.Equal(maskBytes(ones, m.BitLen()), m.AsSlice()) {
			return ones
		}
	}
	return -1
}

func maskBytes(ones, size int) []byte {
	b := make([]byte, size/8)
	for i := range ones {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return b
}
