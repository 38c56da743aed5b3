// Package uac tests the modules uac and uac_auth over real sockets: a proxy between its own
// callers and a carrier that asks who calls. What they do message by message is in the
// scenarios mod_uac*.txt of internal/e2e.
package uac

import (
	"path/filepath"
	"testing"

	"github.com/fastsips/fastsips/internal/sipprun"
	"github.com/fastsips/fastsips/internal/siptest"
)

const script = `
socket=udp:[proxy]
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "uac.so"
loadmodule "uac_auth.so"
modparam("uac_auth", "credential", "user1:carrier.test:[password] @127.0.0.1")
route {
	if ($tt != NULL) {
		loose_route();
		t_relay();
		exit;
	}
	record_route();
	uac_replace_from("", "sip:hotline@home.test");
	t_on_failure("challenged");
	t_relay();
}
failure_route[challenged] {
	if (t_check_status("40[17]") && uac_auth()) {
		t_on_failure("challenged");
		t_relay();
	}
}
`

// Calls to a carrier that challenges every INVITE, SIPp on both sides: its own digest
// verifies ours, and both ends count their CSeq and see their From as they should. The
// caller notices nothing: SIPp's ordinary one expects no 407.
func TestCarrier(t *testing.T) { play(t, "secret", "carrier.xml", "") }

// "A client SHOULD NOT retry with the same credentials" (RFC 3261 §22.2): the second
// challenge goes back to the caller, and there is no third INVITE.
func TestWrongPassword(t *testing.T) { play(t, "guess", "stubborn.xml", "refused.xml") }

// play puts calls through the proxy; both ends must have seen nothing unexpected.
func play(t *testing.T, password, carrier, caller string) {
	p := siptest.StartProxyConfig(t, sipprun.ProxyConfig{Config: script, Vars: map[string]string{"password": password}})
	res := siptest.Calls(t, sipprun.CallsConfig{Proxy: p.Addr, UAS: file(t, carrier), UAC: file(t, caller), Rate: 50, Count: 50})
	if err := res.Clean(); err != nil {
		t.Error(err)
	}
}

// file is the path of a scenario of ours, for SIPp, which runs elsewhere; "" is SIPp's.
func file(t *testing.T, name string) string {
	if name == "" {
		return ""
	}
	path, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
