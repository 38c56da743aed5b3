package proxy

import "github.com/fastsips/fastsips/sipparse"

// maxScriptURI is how long a Request-URI a script can make; OpenSIPS's MAX_URI_SIZE.
const maxScriptURI = 1024

// WorkingURI returns the Request-URI of the request in hand as it is now ($ru); nil in a
// reply route.
func (x *Context) WorkingURI() []byte {
	if x.Rpl != nil || x.Req == nil || x.Target == nil {
		return nil
	}
	return x.Target.URI(x.Req.Msg.RequestURI())
}

// SetWorkingURI refuses what is no URI, is too long, or is for a reply.
func (x *Context) SetWorkingURI(uri []byte) bool {
	var u sipparse.URI
	if x.WorkingURI() == nil || len(uri) > maxScriptURI || sipparse.ParseURI(uri, &u) != sipparse.OK {
		return false
	}
	x.Target.SetURI(uri)
	return true
}
