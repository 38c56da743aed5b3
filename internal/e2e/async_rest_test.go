package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// restScript makes the request that the user part names, and tells what came of it.
const restScript = `
log_level=3
socket=udp:[proxy]
overload_wait=0
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rest_client.so"
loadmodule "tls_mgm.so"
modparam("rest_client", "max_transfer_size", 1)
modparam("rest_client", "connection_timeout", "500ms")
modparam("rest_client", "curl_timeout", 3)
modparam("rest_client", "follow_redirects", 2)
modparam("tls_mgm", "client_domain", "good")
modparam("tls_mgm", "certificate", "[good][pems]/client.pem")
modparam("tls_mgm", "private_key", "[good][pems]/client.key")
modparam("tls_mgm", "ca_list", "[good][pems]/ca.pem")
modparam("tls_mgm", "tls_method", "[good]TLSv1_2-")

route {
	$var(v) = "a b&c";
	switch ($rU) {
	case "get":
		rest_append_hf("X-One: 1");
		rest_append_hf("X-Two: two $rU");
		rest_get("http://[web]/echo?q=$(var(v){rest.escape})", $var(body), $var(ct), $var(code));
		$var(rc) = $rc;
		break;
	case "fields":
		rest_append_hf("X-One: 1");
		rest_get("http://[web]/echo", $var(body));
		rest_get("http://[web]/echo", $var(body), $var(ct), $var(code));
		$var(rc) = $rc;
		break;
	case "post":
		rest_post("http://[web]/echo", "x=$(var(v){rest.escape})", , $var(body), $var(ct), $var(code));
		$var(rc) = $rc;
		break;
	case "put":
		rest_put("http://[web]/echo", "{}", "application/json", $var(body), $var(ct), $var(code));
		$var(rc) = $rc;
		break;
	case "async":
		async(rest_post("http://[web]/echo", "later", "text/plain", $var(body), $var(ct), $var(code)), resumed);
	case "moved":
		rest_get("http://[web]/moved", $var(body), , $var(code));
		$var(rc) = $rc;
		break;
	case "big":
		rest_get("http://[web]/big", $var(body), , $var(code));
		$var(rc) = $rc;
		break;
	case "refused":
		rest_get("http://[nobody]/", $var(body), , $var(code));
		$var(rc) = $rc;
		break;
	case "split":
		rest_append_hf("X-One: 1\r\nX-Two: 2");
		$var(first) = $rc;
		rest_append_hf("Content-Length: 0");
		$var(second) = $rc;
		rest_get("http://[web]/$var(v)", $var(body), , $var(code));
		$var(rc) = $rc;
		$var(body) = "$var(first) $var(second)";
		break;
	case "unescape":
		$var(body) = "a%20b%26c%zz";
		$var(body) = $(var(body){rest.unescape});
		break;
	case "tls":
		rest_init_client_tls("good");
		rest_get("https://[secure]/who", $var(body), , $var(code));
		$var(rc) = $rc;
		break;
	case "tls-once":
		rest_init_client_tls("good");
		rest_get("https://[secure]/who", $var(body), , $var(code));
		rest_get("https://[secure]/who", $var(body), , $var(code));
		$var(rc) = $rc;
		break;
	case "tls-none":
		rest_init_client_tls("bad");
		$var(rc) = $rc;
		break;
	case "tls-hung":
		rest_init_client_tls("good");
		rest_get("https://[hung]/", $var(body), , $var(code));
		$var(rc) = $rc;
		break;
	}
	route(tell);
}
route[resumed] {
	$var(rc) = $rc;
	route(tell);
}
route[tell] {
	sl_send_reply(200, "$var(rc) $var(code) $var(ct) $var(body)");
	exit;
}
`

// What each function and transformation of rest_client, and a client domain of tls_mgm,
// make of a request: seen by real servers.
func TestRestClient(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "text/x")
		fmt.Fprintf(w, "%s %s [%s] [%s] [%s] [%s]", r.Method, r.URL.RawQuery, r.Header.Get("X-One"), r.Header.Get("X-Two"), r.Header.Get("Content-Type"), body)
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/here", http.StatusFound) })
	mux.HandleFunc("/here", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "here") })
	mux.HandleFunc("/big", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("x", 1025)) })
	mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, r.TLS.PeerCertificates[0].Subject.CommonName)
	})
	web := httptest.NewServer(mux)
	defer web.Close()
	secure := httptest.NewUnstartedServer(mux)
	secure.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients without a certificate
	secure.StartTLS()
	defer secure.Close()
	dir := t.TempDir()
	writePEM(t, filepath.Join(dir, "ca.pem"), "CERTIFICATE", secure.Certificate().Raw)
	writeIdentity(t, dir, "proxy-7")

	p := start(t, restScript, map[string]string{
		"web": web.Listener.Addr().String(), "secure": secure.Listener.Addr().String(), "nobody": closedPort(t),
		"hung": silentServer(t, false), "pems": dir,
	}, "-n", "2")
	c := newCaller(t, p.Addr)
	for user, want := range map[string]string{
		"get":      "1 200 text/x GET q=a%20b%26c [1] [two get] [] []",
		"fields":   "1 200 text/x GET  [] [] [] []",
		"post":     "1 200 text/x POST  [] [] [application/x-www-form-urlencoded] [x=a%20b%26c]",
		"put":      "1 200 text/x PUT  [] [] [application/json] [{}]",
		"async":    "1 200 text/x POST  [] [] [text/plain] [later]",
		"moved":    "1 200 <null> here",
		"big":      "-10 200 <null> <null>",
		"refused":  "-1 0 <null> <null>",
		"split":    "-10 0 <null> -1 -1",
		"unescape": "<null> <null> <null> a b&c%zz",
		"tls":      "1 200 <null> proxy-7",
		"tls-once": "-10 0 <null> proxy-7",
		"tls-none": "-1 <null> <null> <null>",
		"tls-hung": "-2 0 <null> <null>",
	} {
		m := c.request("OPTIONS", user, "proxy.invalid").ended(patience)
		if m == nil {
			t.Errorf("%s: no answer", user)
			continue
		}
		first, _, _ := strings.Cut(string(m.Raw), "\r\n")
		got := strings.TrimPrefix(first, "SIP/2.0 200 ")
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", user, got, want)
		}
	}
	checkLoops(t, p)
}

// writeIdentity writes a certificate and its key as client.pem and client.key.
func writeIdentity(t *testing.T, dir, name string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, filepath.Join(dir, "client.pem"), "CERTIFICATE", der)
	writePEM(t, filepath.Join(dir, "client.key"), "PRIVATE KEY", pkcs8)
}

func writePEM(t *testing.T, file, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}
