package e2e

import (
	"crypto/tls"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/fastsips/fastsips/internal/mysqltest"
	"github.com/fastsips/fastsips/internal/pgtest"
	"github.com/fastsips/fastsips/internal/redistest"
)

// theAnswer is what each backend says when nothing is wrong.
var theAnswer = strings.Repeat("x", 64)

// A faultWorld is the servers that the proxies of the fault matrix share. Each is
// started once.
type faultWorld struct {
	pg, pgTLS       *pgtest.Server
	my              *mysqltest.Server
	redis, redisTLS *redistest.Server
	web             *webServer
	webTLS          *httptest.Server
}

func newFaultWorld(t *testing.T) *faultWorld {
	w := &faultWorld{web: newWebServer(t)}
	w.pgTLS = pgtest.StartConfig(t, pgtest.Config{MaxConns: 300, TLS: true}) // takes connections without TLS as well
	w.pg = w.pgTLS
	w.my = mysqltest.Start(t)
	w.redis = redistest.Start(t)
	w.redisTLS = redistest.StartConfig(t, redistest.Config{TLS: true})
	w.redis.Do("SET", "key", theAnswer)
	w.webTLS = httptest.NewUnstartedServer(http.HandlerFunc(answerHTTP))
	w.webTLS.Config.ErrorLog = log.New(io.Discard, "", 0) // of clients that do not like the certificate
	w.webTLS.TLS = &tls.Config{SessionTicketsDisabled: true}
	w.webTLS.StartTLS()
	t.Cleanup(w.webTLS.Close)
	return w
}

func answerHTTP(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, theAnswer) }

// certificate returns what a server with TLS is to be trusted by.
func (w *faultWorld) certificate(t *testing.T, b *subject) []byte {
	t.Helper()
	switch b.name {
	case "pg_tls":
		return w.pgTLS.Cert()
	case "mysql_tls":
		return w.my.Cert
	case "redis_tls":
		pem, err := os.ReadFile(w.redisTLS.CAFile())
		if err != nil {
			t.Fatal(err)
		}
		return pem
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: w.webTLS.Certificate().Raw})
}

// A webServer can be stopped and started again, under the same address.
type webServer struct {
	t    *testing.T
	addr string
	mu   sync.Mutex
	srv  *http.Server
}

func newWebServer(t *testing.T) *webServer {
	w := &webServer{t: t, addr: "127.0.0.1:0"}
	w.Restart()
	t.Cleanup(w.Stop)
	return w
}

func (w *webServer) Restart() {
	w.t.Helper()
	ln, err := net.Listen("tcp", w.addr)
	if err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.addr = ln.Addr().String()
	srv := &http.Server{Handler: http.HandlerFunc(answerHTTP)}
	w.srv = srv
	go func() { _ = srv.Serve(ln) }() // ends by Stop
}

func (w *webServer) Stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.srv.Close()
}
