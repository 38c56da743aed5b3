package miclient

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/sys/unix"
)

// maxAnswer bounds what is read.
const maxAnswer = 64 << 20

// post asks mi_http. A user and a password in the URL are for basic authentication.
func (t Target) post(ctx context.Context, request []byte) ([]byte, error) {
	to := t.URL
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(request))
	if err != nil {
		return nil, errors.New("no URL: " + withoutPassword(to))
	}
	req.Header.Set("Content-Type", "application/json")
	// A proxy of the environment has no business with management.
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: t.Insecure}}
	c := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Do(req)
	if err != nil {
		return nil, explain(to, err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return nil, err
	case resp.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: %s: %s", withoutPassword(to), resp.Status, strings.TrimSpace(string(answer[:min(len(answer), 200)])))
	}
	return answer, nil
}

func explain(to string, err error) error {
	if errors.Is(err, unix.ECONNREFUSED) {
		return fmt.Errorf("nobody listens at %s: is fastsips running, and does it load mi_http?", withoutPassword(to))
	}
	return err // net/http blanks the password
}

func withoutPassword(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "(what cannot be read)"
	}
	return u.Redacted()
}
