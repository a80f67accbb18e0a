package chat

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// Actor is who acts: a user, and the credential that says so. A reader, who
// showed none and is nobody, has no id.
type Actor struct {
	User
	Credential Credential
	Until      Time   // when the credential ends by itself; 0: it does not
	Reach      *Reach // of who came by a site
}

// Reads reports whether the actor is a reader.
func (a Actor) Reads() bool { return a.ID == 0 }

// Credential names what an actor showed, without holding the secret:
// "session:<hash>", "token:<id>", or what a site lets in: "site:<id>/reader",
// "site:<id>/guest:<user>", "site:<id>/key:<kid>/<hash>". When it ends, what
// runs under it ends too.
type Credential string

// SessionCredential names the session whose cookie has this hash.
func SessionCredential(hash string) Credential { return Credential("session:" + hash) }

// TokenCredential names the token with this id.
func TokenCredential(id int64) Credential {
	return Credential("token:" + strconv.FormatInt(id, 10))
}

// SiteCredential names all that a site lets in.
func SiteCredential(site int64) Credential {
	return Credential("site:" + strconv.FormatInt(site, 10) + "/")
}

// KeyCredential names the tokens that are signed with a key of a site.
func KeyCredential(site int64, key string) Credential {
	return SiteCredential(site) + Credential("key:"+key+"/")
}

// GuestCredential names the token of a guest of a site.
func GuestCredential(site, user int64) Credential {
	return SiteCredential(site) + Credential("guest:"+strconv.FormatInt(user, 10))
}

// Ending tells that a credential ended. An empty Credential stands for all of
// the user's, and one with a slash at its end for all that begin with it,
// whosever they are.
type Ending struct {
	Seq        int64
	User       int64 // 0 where it is of more than one user
	Credential Credential
}

// Covers reports whether the ending ends what actor acts under.
func (e Ending) Covers(actor Actor) bool {
	if all := string(e.Credential); strings.HasSuffix(all, "/") {
		return strings.HasPrefix(string(actor.Credential), all)
	}
	return e.User == actor.ID && (e.Credential == "" || e.Credential == actor.Credential)
}

// Token is a personal token as its owner sees it in a list. The secret itself
// is shown once, when it is made.
type Token struct {
	ID    int64  `json:"id"`
	Label string `json:"label"`
}

// NewSecret returns 256 random bits as text that is safe in addresses, cookies
// and headers.
func NewSecret() string {
	var b [32]byte
	rand.Read(b[:]) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// NewWord returns n random letters, at most 51, of five bits each, for a name that
// stands in addresses or that people read. None of them look alike.
func NewWord(n int) string { return digest(NewSecret())[:n] }

// HashSecret returns the form in which a secret is stored. A secret has 256
// random bits, so that a fast hash is enough.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
