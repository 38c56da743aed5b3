package tls_mgm

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// An authority signs certificates and revocation lists, and writes them into a directory.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, name string) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.key = newKey(t)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	a.cert = a.sign(template, template, &a.key.PublicKey)
	a.write("ca.pem", "CERTIFICATE", a.cert.Raw)
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) sign(template, parent *x509.Certificate, key *ecdsa.PublicKey) *x509.Certificate {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

func (a *authority) write(name, kind string, der []byte) string {
	a.t.Helper()
	file := filepath.Join(a.dir, name)
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		a.t.Fatal(err)
	}
	return file
}

// leaf makes a certificate with its key, in files name.pem and name.key.
func (a *authority) leaf(name string, serial int64) (cert, key string) {
	a.t.Helper()
	private := newKey(a.t)
	c := a.sign(&x509.Certificate{SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}, a.cert, &private.PublicKey)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.write(name+".pem", "CERTIFICATE", c.Raw), a.write(name+".key", "PRIVATE KEY", der)
}

// revoke writes a list into a directory of its own.
func (a *authority) revoke(next time.Time, serials ...int64) (dir string) {
	a.t.Helper()
	l := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-time.Hour), NextUpdate: next}
	for _, n := range serials {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, l, a.cert, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	dir = a.t.TempDir()
	if err := os.Rename(a.write("list.pem", "X509 CRL", der), filepath.Join(dir, "list.pem")); err != nil {
		a.t.Fatal(err)
	}
	return dir
}

// one returns a module with a client domain "dom".
func one(t *testing.T) (*Module, *domain) {
	t.Helper()
	m := New().(*Module)
	if err := m.define(false)("dom"); err != nil {
		t.Fatal(err)
	}
	return m, m.find("dom")
}

// shake connects a client of cfg with a server that has a certificate.
func shake(t *testing.T, cfg *tls.Config, cert, key, name string) error {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		if c, err := ln.Accept(); err == nil {
			_ = c.(*tls.Conn).Handshake()
			_ = c.Close()
		}
	}()
	cfg = cfg.Clone()
	cfg.ServerName = name
	c, err := tls.Dial("tcp", ln.Addr().String(), cfg)
	if err == nil {
		_ = c.Close()
	}
	<-done
	return err
}

// Who is believed: ca_list, ca_dir, verify_cert.
func TestVerify(t *testing.T) {
	a, other := newAuthority(t, "a"), newAuthority(t, "other")
	cert, key := a.leaf("host.test", 7)
	for _, c := range []struct {
		what string
		set  func(*domain)
		name string
		ok   bool
	}{
		{"its authority", func(d *domain) { d.caList = a.dir + "/ca.pem" }, "host.test", true},
		{"another name", func(d *domain) { d.caList = a.dir + "/ca.pem" }, "else.test", false},
		{"a directory", func(d *domain) { d.caDir = a.dir }, "host.test", true},
		{"another authority", func(d *domain) { d.caList = other.dir + "/ca.pem" }, "host.test", false},
		{"the system's", func(*domain) {}, "host.test", false},
		{"nobody asks", func(d *domain) { d.verify = false }, "else.test", true},
	} {
		m, d := one(t)
		c.set(d)
		err := shake(t, m.Domain("dom"), cert, key, c.name)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.what, err)
		}
	}
}

// "A certificate is refused if a list of its issuer names it, and also if no valid list of
// its issuer is there."
func TestRevocation(t *testing.T) {
	a, other := newAuthority(t, "a"), newAuthority(t, "other")
	cert, key := a.leaf("host.test", 7)
	later := time.Now().Add(time.Hour)
	for what, c := range map[string]struct{ dir, want string }{
		"another is revoked": {a.revoke(later, 8), ""},
		"it is revoked":      {a.revoke(later, 8, 7), "is revoked"},
		"an old list":        {a.revoke(time.Now().Add(-time.Minute)), "no valid revocation list"},
		"another's list":     {other.revoke(later), "no valid revocation list"},
		"no list":            {t.TempDir(), "no valid revocation list"},
	} {
		m, d := one(t)
		d.caList, d.crlDir, d.crlAll = a.dir+"/ca.pem", c.dir, true
		err := shake(t, m.Domain("dom"), cert, key, "host.test")
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// "Read the files of all TLS domains again. If one is broken, all stay as they were."
func TestReload(t *testing.T) {
	a := newAuthority(t, "a")
	m, d := one(t)
	d.certificate, d.key = a.leaf("us", 2)
	first := m.Domain("dom")
	if len(first.Certificates) != 1 || m.Domain("dom") != first || m.Domain("none") != nil {
		t.Fatalf("got %v", first)
	}
	if err := os.WriteFile(d.certificate, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := m.load(); err == nil || !strings.Contains(err.Error(), "TLS domain dom") || m.Domain("dom") != first {
		t.Errorf("a broken file: %v", err)
	}
	a.leaf("us", 3)
	if err := m.load(); err != nil || m.Domain("dom") == first {
		t.Errorf("a new file: %v", err)
	}
	leaf, err := x509.ParseCertificate(m.Domain("dom").Certificates[0].Certificate[0])
	if err != nil || leaf.SerialNumber.Int64() != 3 {
		t.Errorf("serial number %v, %v", leaf.SerialNumber, err)
	}
}

func TestMethods(t *testing.T) {
	for v, want := range map[string][2]uint16{
		"SSLv23": {0, 0}, "TLSany": {0, 0}, "-": {0, 0},
		"TLSv1_2": {tls.VersionTLS12, tls.VersionTLS12}, "tlsv1_3": {tls.VersionTLS13, tls.VersionTLS13},
		"TLSv1-TLSv1_3": {tls.VersionTLS10, tls.VersionTLS13}, "TLSv1_1-": {tls.VersionTLS11, 0}, "-TLSv1_2": {0, tls.VersionTLS12},
	} {
		d := new(domain)
		if err := d.setMethod(v); err != nil || d.lowest != want[0] || d.highest != want[1] {
			t.Errorf("%s: %x to %x, %v", v, d.lowest, d.highest, err)
		}
	}
	for _, v := range []string{"", "SSLv3", "TLSv2", "TLSv1_3-TLSv1_2", "TLSv1_2-x", "x-"} {
		if new(domain).setMethod(v) == nil {
			t.Errorf("%q was taken", v)
		}
	}
}

func TestCiphers(t *testing.T) {
	for v, want := range map[string][]uint16{
		"ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA":  {tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_RSA_WITH_AES_128_CBC_SHA},
		"HIGH:!aNULL:!MD5":                        nil,
		"DHE-RSA-AES256-SHA:ECDHE-RSA-AES128-SHA": {tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA},
	} {
		d := new(domain)
		if err := d.setCiphers(v); err != nil || !slices.Equal(d.ciphers, want) {
			t.Errorf("%s: %x, %v", v, d.ciphers, err)
		}
	}
	for _, v := range []string{"", "NULL", "DHE-RSA-AES256-SHA", "!HIGH"} {
		if new(domain).setCiphers(v) == nil {
			t.Errorf("%q was taken", v)
		}
	}
	if d := new(domain); d.setCurve("prime256v1") != nil || d.setCurve("sect163k1") == nil {
		t.Error("curves")
	}
}

// A mistake in the files is found when they are read, and says where.
func TestBrokenFiles(t *testing.T) {
	a := newAuthority(t, "a")
	cert, key := a.leaf("us", 2)
	for want, set := range map[string]func(*domain){
		"certificate without private_key": func(d *domain) { d.certificate = cert },
		"private_key without certificate": func(d *domain) { d.key = key },
		"no certificate in it":            func(d *domain) { d.caList = key },
		"no certificate in its files":     func(d *domain) { d.caDir = t.TempDir() },
		"no such file":                    func(d *domain) { d.caList = "/nonexistent" },
	} {
		m, d := one(t)
		set(d)
		if err := m.load(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
		if m.Domain("dom") != nil {
			t.Errorf("%s: there is a domain", want)
		}
	}
}
