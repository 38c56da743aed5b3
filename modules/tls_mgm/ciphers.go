package tls_mgm

import (
	"crypto/tls"
	"fmt"
	"strings"
)

// suites by OpenSSL's names: all that there are up to TLS 1.2 and are no danger. Those of
// TLS 1.3 are not chosen.
var suites = map[string]uint16{
	"ECDHE-ECDSA-AES128-GCM-SHA256": tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	"ECDHE-ECDSA-AES256-GCM-SHA384": tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	"ECDHE-ECDSA-CHACHA20-POLY1305": tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	"ECDHE-ECDSA-AES128-SHA":        tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
	"ECDHE-ECDSA-AES256-SHA":        tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
	"ECDHE-RSA-AES128-GCM-SHA256":   tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	"ECDHE-RSA-AES256-GCM-SHA384":   tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	"ECDHE-RSA-CHACHA20-POLY1305":   tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	"ECDHE-RSA-AES128-SHA":          tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	"ECDHE-RSA-AES256-SHA":          tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	"AES128-GCM-SHA256":             tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
	"AES256-GCM-SHA384":             tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
	"AES128-SHA":                    tls.TLS_RSA_WITH_AES_128_CBC_SHA,
	"AES256-SHA":                    tls.TLS_RSA_WITH_AES_256_CBC_SHA,
}

// setCiphers takes a list of names. A class such as HIGH stands for what Go prefers; what
// is excluded, Go does not have; names that are not known are passed over.
func (d *domain) setCiphers(v string) error {
	d.cipherList, d.ciphers = v, nil
	class := false
	for _, name := range strings.FieldsFunc(v, func(c rune) bool { return c == ':' || c == ',' || c == ' ' }) {
		id, known := suites[strings.ToUpper(name)]
		switch {
		case strings.ContainsAny(name[:1], "!-+@"):
		case known:
			d.ciphers = append(d.ciphers, id)
		case !strings.Contains(name, "-") || strings.Contains(name, "+"):
			class = class || !strings.EqualFold(name, "NULL") && !strings.EqualFold(name, "eNULL") && !strings.EqualFold(name, "aNULL")
		}
	}
	switch {
	case class:
		d.ciphers = nil
	case len(d.ciphers) == 0:
		return fmt.Errorf("%q has no cipher suite that there is, such as ECDHE-RSA-AES256-GCM-SHA384 or HIGH", v)
	}
	return nil
}

// curves by OpenSSL's names, in lower case.
var curves = map[string]tls.CurveID{
	"prime256v1": tls.CurveP256, "p-256": tls.CurveP256, "secp384r1": tls.CurveP384, "p-384": tls.CurveP384,
	"secp521r1": tls.CurveP521, "p-521": tls.CurveP521, "x25519": tls.X25519,
}

func (d *domain) setCurve(v string) error {
	id, ok := curves[strings.ToLower(v)]
	if !ok {
		return fmt.Errorf("%q is not one of prime256v1, secp384r1, secp521r1, X25519", v)
	}
	d.curve, d.curves = v, []tls.CurveID{id}
	return nil
}
