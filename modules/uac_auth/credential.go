package uac_auth

import (
	"errors"
	"slices"
	"strings"
)

// A credential is one that the configuration has.
type credential struct {
	user, password []byte
	realm          string
	hosts          []string // who may ask for it; none: anybody
}

// fits reports whether x answers a challenge of this realm from there.
func (x *credential) fits(realm []byte, from func(host string) bool) bool {
	return string(realm) == x.realm && (len(x.hosts) == 0 || slices.ContainsFunc(x.hosts, from))
}

// add takes one value of the parameter.
func (m *Module) add(text string) error {
	x, err := parseCredential(text)
	if err != nil {
		return err
	}
	if len(x.hosts) > 0 {
		m.bound = append(m.bound, x)
	} else {
		m.others = append(m.others, x)
	}
	return nil
}

// parseCredential reads user:realm:password *( SP "@" host ). The password may have colons.
// No error says what the password is.
func parseCredential(text string) (x credential, err error) {
	user, rest, _ := strings.Cut(text, ":")
	realm, secret, ok := strings.Cut(rest, ":")
	user, realm = strings.TrimSpace(user), strings.TrimSpace(realm)
	words := strings.Fields(secret)
	if !ok || user == "" || realm == "" || len(words) == 0 {
		return x, errors.New(`must be "user:realm:password", perhaps with " @host" behind it`)
	}
	for _, w := range words[1:] {
		if len(w) < 2 || w[0] != '@' {
			return x, errors.New(`what stands behind the password must be hosts, each with an @: "user:realm:password @sip.example.com"`)
		}
		x.hosts = append(x.hosts, w[1:])
	}
	x.user, x.realm, x.password = []byte(user), realm, []byte(words[0])
	return x, nil
}
