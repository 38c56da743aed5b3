package sqlstore

// Columns are what the columns of the table are called. Their types and what is in them
// are as in OpenSIPS's table location, version 1013.
type Columns struct {
	ContactID    string
	User         string
	Domain       string
	Contact      string
	Received     string
	Path         string
	Expires      string
	Q            string
	CallID       string
	CSeq         string
	LastModified string
	Flags        string
	BranchFlags  string
	UserAgent    string
	Socket       string
	Methods      string
	Instance     string
	KV           string
	Attr         string
}

// DefaultColumns are OpenSIPS's names.
func DefaultColumns() Columns {
	return Columns{
		ContactID: "contact_id", User: "username", Domain: "domain", Contact: "contact", Received: "received", Path: "path", Expires: "expires",
		Q: "q", CallID: "callid", CSeq: "cseq", LastModified: "last_modified", Flags: "flags", BranchFlags: "cflags", UserAgent: "user_agent",
		Socket: "socket", Methods: "methods", Instance: "sip_instance", KV: "kv_store", Attr: "attr",
	}
}

// The places of the columns in every statement that names them all.
const (
	colID = iota
	colUser
	colDomain
	colContact
	colReceived
	colPath
	colExpires
	colQ
	colCallID
	colCSeq
	colLastModified
	colFlags
	colBranchFlags
	colUserAgent
	colSocket
	colMethods
	colInstance
	colKV
	colAttr
	columns // how many
)

func (c *Columns) names() [columns]string {
	return [columns]string{c.ContactID, c.User, c.Domain, c.Contact, c.Received, c.Path, c.Expires, c.Q, c.CallID, c.CSeq, c.LastModified,
		c.Flags, c.BranchFlags, c.UserAgent, c.Socket, c.Methods, c.Instance, c.KV, c.Attr}
}
