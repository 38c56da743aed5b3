package httpd

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/fastsips/fastsips/mi"
)

// A Request is what a Handler is asked. Its slices are dead when the Handler returns.
type Request struct {
	Method string // GET, POST
	Path   string // behind the root, without the slash between
	Type   string // Content-Type of the body
	Origin string // the page that has asked, if it was one
	Body   []byte
}

// An Answer is what a Handler says to that.
type Answer struct {
	Status int // 200 where it is 0
	Type   string
	Body   []byte
}

// A Handler answers requests under one root, several at a time, on goroutines that are no
// loops. It must be back when ctx is done.
type Handler func(ctx context.Context, r *Request) Answer

// answerTime bounds a Handler.
const answerTime = 10 * time.Second

// maxAnswer is what an answer may have where buf_size does not say so.
const maxAnswer = 64 << 20

type root struct {
	path, module string
	handle       Handler
}

// Register has h answer what is asked for under /path. Modules call it in their Start.
func (m *Module) Register(path, module string, h Handler) error {
	path = strings.Trim(path, "/")
	if path == "" {
		return errors.New("a path of httpd must not be empty")
	}
	for _, r := range m.roots {
		if r.path == path {
			return fmt.Errorf("httpd: /%s is %s's already", path, r.module)
		}
	}
	m.roots = append(m.roots, root{path, module, h})
	return nil
}

func (m *Module) list(context.Context) (any, error) {
	list := []mi.Object{}
	for _, r := range m.roots {
		list = append(list, mi.Object{{Name: "http_root", Value: r.path}, {Name: "module", Value: r.module}})
	}
	return list, nil
}

// find returns whose path this is, and what is behind the root.
func (m *Module) find(path string) (Handler, string) {
	path = strings.TrimPrefix(path, "/")
	for _, r := range m.roots {
		if rest, ok := strings.CutPrefix(path, r.path); ok && (rest == "" || rest[0] == '/') {
			return r.handle, strings.TrimPrefix(rest, "/")
		}
	}
	return nil, ""
}

// serve answers one request, on a goroutine of the server's.
func (m *Module) serve(c *fasthttp.RequestCtx) {
	defer func() {
		if p := recover(); p != nil { // a fault of ours is the request's, not everybody's
			c.Error("BUG: "+fmt.Sprint(p), fasthttp.StatusInternalServerError)
		}
	}()
	if !m.allowed(c) {
		c.Error("Unauthorized", fasthttp.StatusUnauthorized)
		c.Response.Header.Set("WWW-Authenticate", "Basic realm="+strconv.Quote(m.realm))
		return
	}
	h, rest := m.find(string(c.Path()))
	if h == nil {
		c.Error("Not Found", fasthttp.StatusNotFound)
		return
	}
	ctx, cancel := context.WithTimeout(m.ctx, answerTime)
	defer cancel()
	a := h(ctx, &Request{Method: string(c.Method()), Path: rest, Type: string(c.Request.Header.ContentType()), Origin: string(c.Request.Header.Peek("Origin")), Body: c.PostBody()})
	limit := m.answerSize
	if limit == 0 {
		limit = maxAnswer
	}
	if len(a.Body) > limit {
		c.Error("the answer is longer than buf_size", fasthttp.StatusInternalServerError)
		return
	}
	c.SetContentType(a.Type)
	if a.Status != 0 {
		c.SetStatusCode(a.Status)
	}
	c.SetBody(a.Body)
}

// allowed is basic authentication (RFC 7617). It takes equally long whatever is wrong.
func (m *Module) allowed(c *fasthttp.RequestCtx) bool {
	if m.user == "" {
		return true
	}
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(m.user+":"+m.secret))
	return subtle.ConstantTimeCompare(c.Request.Header.Peek("Authorization"), []byte(want)) == 1
}
