package core

import (
	"github.com/fastsips/fastsips/proxy"
	"github.com/fastsips/fastsips/script"
	"github.com/fastsips/fastsips/sipparse"
)

// rewriteFunctions change parts of the R-URI, as assignments to $ru and its parts do.
func rewriteFunctions() []*script.Func {
	return []*script.Func{
		script.Func1("seturi", "Set the R-URI. -1: it is no URI.", script.All, script.Str("uri", "new R-URI"), setURI),
		script.Func1("sethost", "Set the host of the R-URI; the port stays.", script.All, script.Str("host", "name or address"), setHost),
		script.Func1("sethostport", "Set host and port of the R-URI.", script.All, script.Str("hostport", "host[:port]; without a port there is none any more"), setHostPort),
		script.Func1("setuser", "Set the user of the R-URI; a password stays.", script.All, script.Str("user", "user; empty: remove it"), setUser),
		script.Func1("setuserpass", "Set user and password of the R-URI.", script.All, script.Str("userpass", "user[:password]"), setUserPass),
		script.Func1("setport", "Set the port of the R-URI.", script.All, script.Str("port", "number; empty: remove it"), setPort),
		script.Func1("prefix", "Put text in front of the user of the R-URI.", script.All, script.Str("text", "what to put there"), prefixUser),
		script.Func1("strip", "Take characters off the front of the user of the R-URI. More than there are take the user away.", script.All,
			script.Int("n", "how many"), func(c *script.Ctx, n int32) script.Ret { return stripUser(c, n, 0) }),
		script.Func1("strip_tail", "Take characters off the end of the user of the R-URI. More than there are take the user away.", script.All,
			script.Int("n", "how many"), func(c *script.Ctx, n int32) script.Ret { return stripUser(c, 0, n) }),
		script.Func0("revert_uri", "Set the R-URI to the received one.", script.All, revertURI),
	}
}

// setURI refuses what is no URI, also where a script has put a part of it together wrongly.
func setURI(c *script.Ctx, uri []byte) script.Ret {
	return yes(proxy.From(c).SetWorkingURI(uri))
}

func revertURI(c *script.Ctx) script.Ret {
	if t := proxy.From(c).Target; t != nil {
		t.RevertURI()
		return 1
	}
	return -1
}

func setHost(c *script.Ctx, host []byte) script.Ret {
	b, u, ok := parsedRU(c)
	if !ok || len(host) == 0 {
		return -1
	}
	return setURI(c, splice(c, b, u.Host.Off, u.Host.End, host))
}

func setHostPort(c *script.Ctx, hostport []byte) script.Ret {
	b, u, ok := parsedRU(c)
	if !ok || len(hostport) == 0 {
		return -1
	}
	return setURI(c, splice(c, b, u.Host.Off, portEnd(&u), hostport))
}

func setPort(c *script.Ctx, port []byte) script.Ret {
	b, u, ok := parsedRU(c)
	if !ok {
		return -1
	}
	var text []byte
	if len(port) > 0 {
		text = append(append(c.Alloc(len(port) + 1)[:0], ':'), port...)
	}
	return setURI(c, splice(c, b, u.Host.End, portEnd(&u), text))
}

func setUser(c *script.Ctx, user []byte) script.Ret {
	b, u, ok := parsedRU(c)
	if !ok {
		return -1
	}
	return withUser(c, b, &u, nil, user, u.Password.Of(b))
}

func setUserPass(c *script.Ctx, userpass []byte) script.Ret {
	b, u, ok := parsedRU(c)
	if !ok {
		return -1
	}
	return withUser(c, b, &u, nil, userpass, nil)
}

func prefixUser(c *script.Ctx, text []byte) script.Ret {
	b, u, ok := parsedRU(c)
	if !ok {
		return -1
	}
	return withUser(c, b, &u, text, u.User.Of(b), u.Password.Of(b))
}

func stripUser(c *script.Ctx, head, tail int32) script.Ret {
	b, u, ok := parsedRU(c)
	if !ok || head < 0 || tail < 0 {
		return -1
	}
	user := u.User.Of(b)
	if n := len(user); int(head+tail) < n {
		user = user[head : n-int(tail)]
	} else {
		user = nil
	}
	return withUser(c, b, &u, nil, user, u.Password.Of(b))
}

// withUser makes the R-URI b with the user pre+user. A password without a user is gone.
func withUser(c *script.Ctx, b []byte, u *sipparse.URI, pre, user, password []byte) script.Ret {
	out := c.Alloc(len(b) + len(pre) + len(user) + len(password) + 2)[:0]
	out = append(out, b[:u.SchemeSpan.End+1]...)
	if len(pre)+len(user) > 0 {
		out = append(append(out, pre...), user...)
		if len(password) > 0 {
			out = append(append(out, ':'), password...)
		}
		out = append(out, '@')
	}
	return setURI(c, append(out, b[u.Host.Off:]...))
}
