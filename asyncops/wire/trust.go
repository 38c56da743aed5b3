package wire

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Authorities reads the certificates in a file and in all files of a directory, either of
// which may be "". Nil means that both are: those of the system are trusted. It is not for
// loops.
func Authorities(file, dir string) (*x509.CertPool, error) {
	if file == "" && dir == "" {
		return nil, nil
	}
	pool, n := x509.NewCertPool(), 0
	add := func(file string) error {
		found, err := PEM(file, "CERTIFICATE", func(der []byte) error {
			c, err := x509.ParseCertificate(der)
			if err == nil {
				pool.AddCert(c)
			}
			return err
		})
		n += found
		return err
	}
	if file != "" {
		if err := add(file); err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, fmt.Errorf("%s: no certificate in it", file)
		}
	}
	if dir != "" {
		if err := EachFile(dir, add); err != nil {
			return nil, err
		}
	}
	if n == 0 {
		return nil, fmt.Errorf("%s: no certificate in its files", dir)
	}
	return pool, nil
}

// PEM calls each with the blocks of a type in a file, and returns how many there are.
func PEM(file, kind string, each func(der []byte) error) (n int, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for {
		var b *pem.Block
		if b, text = pem.Decode(text); b == nil {
			return n, nil
		}
		if b.Type != kind {
			continue
		}
		n++
		if err := each(b.Bytes); err != nil {
			return n, fmt.Errorf("%s: %w", file, err)
		}
	}
}

// EachFile calls do with the plain files of a directory, links to such included.
func EachFile(dir string, do func(file string) error) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		file := filepath.Join(dir, e.Name())
		if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if err := do(file); err != nil {
			return err
		}
	}
	return nil
}

// AnyName makes cfg take a certificate that somebody trusted vouches for, whatever name is
// in it.
func AnyName(cfg *tls.Config) {
	roots, then := cfg.RootCAs, cfg.VerifyConnection
	cfg.InsecureSkipVerify = true // the chain is verified here
	cfg.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 {
			return errors.New("the peer has no certificate")
		}
		between := x509.NewCertPool()
		for _, c := range s.PeerCertificates[1:] {
			between.AddCert(c)
		}
		chains, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: roots, Intermediates: between})
		if err != nil || then == nil {
			return err
		}
		s.VerifiedChains = chains
		return then(s)
	}
}
