package phones

// An Account is what a phone registers with a registrar, and with which password. The zero
// Account registers nowhere.
type Account struct {
	User, Domain string // of the address of record
	Password     string
	Proxy        string // host:port of registrar and outbound proxy
	Manual       bool   // it rings until it is told to answer
}

// first returns the account that was given, or one for a user who has none.
func first(list []Account, user string) Account {
	if len(list) == 0 {
		return Account{User: user}
	}
	return list[0]
}

// values are what the configurations of the phones name.
func (a *Account) values() []string {
	return []string{"[user]", a.User, "[domain]", a.Domain, "[password]", a.Password, "[proxy]", a.Proxy}
}
