package tls_mgm

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	"github.com/fastsips/fastsips/asyncops/wire"
)

// revocations are the lists of a crl_dir.
type revocations struct {
	lists []*x509.RevocationList
	all   bool // the whole chain is looked up
}

func readRevocations(dir string, all bool) (*revocations, error) {
	r := &revocations{all: all}
	err := wire.EachFile(dir, func(file string) error {
		_, err := wire.PEM(file, "X509 CRL", func(der []byte) error {
			l, err := x509.ParseRevocationList(der)
			r.lists = append(r.lists, l)
			return err
		})
		return err
	})
	return r, err
}

// verify accepts a peer one of whose chains is revoked nowhere.
func (r *revocations) verify(s tls.ConnectionState) error {
	err := errors.New("the certificate has no chain")
	for _, chain := range s.VerifiedChains {
		if err = r.check(chain, time.Now()); err == nil {
			return nil
		}
	}
	return err
}

// check looks up a chain, whose last certificate is trusted as it is.
func (r *revocations) check(chain []*x509.Certificate, now time.Time) error {
	for i := 0; i+1 < len(chain); i++ {
		if err := r.lookUp(chain[i], chain[i+1], now); err != nil {
			return err
		}
		if !r.all {
			break
		}
	}
	return nil
}

// lookUp refuses a certificate that its issuer has revoked, or does not vouch for.
func (r *revocations) lookUp(c, issuer *x509.Certificate, now time.Time) error {
	found := false
	for _, l := range r.lists {
		if !bytes.Equal(l.RawIssuer, c.RawIssuer) || l.CheckSignatureFrom(issuer) != nil || !l.NextUpdate.IsZero() && now.After(l.NextUpdate) {
			continue
		}
		found = true
		for _, e := range l.RevokedCertificateEntries {
			if e.SerialNumber.Cmp(c.SerialNumber) == 0 {
				return fmt.Errorf("certificate %s of %s is revoked", c.SerialNumber, c.Subject)
			}
		}
	}
	if !found {
		return fmt.Errorf("no valid revocation list of %s", issuer.Subject)
	}
	return nil
}
