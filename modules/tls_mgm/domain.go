package tls_mgm

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"github.com/fastsips/fastsips/asyncops/wire"
)

// A domain is one set as the configuration has it.
type domain struct {
	name                            string
	server                          bool
	addresses, sipDomains           []string
	method                          string
	lowest, highest                 uint16 // TLS versions; 0: Go's
	certificate, key, caList, caDir string
	crlDir                          string
	crlAll, verify, require         bool
	cipherList                      string
	ciphers                         []uint16
	curve                           string
	curves                          []tls.CurveID
	dhParams                        string
}

func list(v string) (items []string) {
	for _, s := range strings.Split(v, ",") {
		if s = strings.TrimSpace(s); s != "" {
			items = append(items, s)
		}
	}
	return items
}

// flag sets a 0 or 1.
func flag(of func(*domain) *bool) func(*domain, string) error {
	return func(d *domain, v string) error {
		if v != "0" && v != "1" {
			return fmt.Errorf("must be 0 or 1, not %q", v)
		}
		*of(d) = v == "1"
		return nil
	}
}

// versions by OpenSIPS's names, in lower case.
var versions = map[string]uint16{
	"tlsv1": tls.VersionTLS10, "tlsv1_1": tls.VersionTLS11, "tlsv1_2": tls.VersionTLS12, "tlsv1_3": tls.VersionTLS13,
}

// setMethod takes a version or a range of them.
func (d *domain) setMethod(v string) error {
	d.method, d.lowest, d.highest = v, 0, 0
	name := strings.ToLower(v)
	switch name {
	case "sslv23", "tlsany", "-":
		return nil
	}
	low, high, ranged := strings.Cut(name, "-")
	if !ranged {
		high = low
	}
	var okLow, okHigh bool
	d.lowest, okLow = versions[low]
	d.highest, okHigh = versions[high]
	if !okLow && low != "" || !okHigh && high != "" || !ranged && !okLow {
		return fmt.Errorf("%q is not one of TLSv1, TLSv1_1, TLSv1_2, TLSv1_3, TLSany, SSLv23, nor a range such as TLSv1_2-TLSv1_3", v)
	}
	if d.lowest > d.highest && d.highest != 0 {
		return fmt.Errorf("%q has no version in it", v)
	}
	return nil
}

// config reads the domain's files.
func (d *domain) config() (*tls.Config, error) {
	cfg := &tls.Config{MinVersion: d.lowest, MaxVersion: d.highest, CipherSuites: d.ciphers, CurvePreferences: d.curves,
		InsecureSkipVerify: !d.verify} // verify_cert says so
	if d.highest != 0 && d.lowest == 0 {
		cfg.MinVersion = min(d.highest, tls.VersionTLS12)
	}
	if err := d.identity(cfg); err != nil {
		return nil, err
	}
	roots, err := wire.Authorities(d.caList, d.caDir)
	if err != nil {
		return nil, err
	}
	cfg.RootCAs = roots
	if d.crlDir != "" && d.verify {
		lists, err := readRevocations(d.crlDir, d.crlAll)
		if err != nil {
			return nil, err
		}
		cfg.VerifyConnection = lists.verify
	}
	return cfg, nil
}

// identity reads our certificate, if there is one.
func (d *domain) identity(cfg *tls.Config) error {
	switch {
	case d.certificate == "" && d.key == "":
		return nil
	case d.certificate == "":
		return errors.New("private_key without certificate")
	case d.key == "":
		return errors.New("certificate without private_key")
	}
	pair, err := tls.LoadX509KeyPair(d.certificate, d.key)
	if err != nil {
		return err
	}
	cfg.Certificates = []tls.Certificate{pair}
	return nil
}
