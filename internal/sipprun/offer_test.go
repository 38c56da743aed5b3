package sipprun

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// A registrar for two flows: it challenges what has no credentials if it is told to.
func registrar(t *testing.T, challenge bool) string {
	t.Helper()
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	go func() {
		b := make([]byte, 4096)
		for {
			n, from, err := c.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			m := string(b[:n])
			answer := "SIP/2.0 200 OK\r\n"
			if challenge && !strings.Contains(m, `Authorization: Digest username="u0`) {
				answer = "SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"home\",nonce=\"n\",qop=\"auth\",algorithm=MD5\r\n"
			}
			for line := range strings.Lines(m) {
				if name, _, _ := strings.Cut(line, ":"); slices.Contains([]string{"Via", "From", "To", "Call-ID", "CSeq"}, name) {
					answer += line
				}
			}
			_, _ = c.WriteToUDPAddrPort([]byte(answer+"Content-Length: 0\r\n\r\n"), from)
		}
	}()
	return c.LocalAddr().String()
}

// The flows of the benchmarks by stock SIPp; who answers stands for the proxy.
func TestOffer(t *testing.T) {
	needSipp(t)
	cost := time.Duration(0)
	for flow, proxy := range map[string]string{"S1": registrar(t, false), "S4": registrar(t, false), "S5": registrar(t, true)} {
		got, err := Offer(context.Background(), OfferConfig{
			Flow: flow, Proxy: proxy, Rate: 200, Count: 100, Users: 10, Domain: "example.org", Dir: t.TempDir(),
			CPU: func() (time.Duration, error) { cost += time.Second; return cost, nil },
		})
		if err != nil {
			t.Fatalf("%s: %v", flow, err)
		}
		if got.Calls != 100 || got.Successful != 100 || got.Failed != 0 || got.Unexpected > got.Retransmissions || got.CPU != 10*time.Millisecond || got.Rate <= 0 {
			t.Errorf("%s: %+v", flow, got)
		}
	}
	if _, err := Offer(context.Background(), OfferConfig{Flow: "S9"}); err == nil {
		t.Error("a flow that there is not")
	}
}

// A call that nobody takes has failed; S3 goes to a callee of its own through the proxy.
func TestOfferThatFails(t *testing.T) {
	needSipp(t)
	got, err := Offer(context.Background(), OfferConfig{Flow: "S3", Proxy: registrar(t, false), Rate: 100, Count: 5, Dir: t.TempDir()})
	if err != nil || got.Calls != 5 || got.Failed != 5 || got.Successful != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}
