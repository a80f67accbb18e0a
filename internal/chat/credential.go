package chat

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
)

// Actor is who acts: a user, and the credential that says so.
type Actor struct {
	User
	Credential Credential
}

// Credential names what an actor showed, without holding the secret:
// "session:<hash>" or "token:<id>". When it ends, what runs under it ends too.
type Credential string

// SessionCredential names the session whose cookie has this hash.
func SessionCredential(hash string) Credential { return Credential("session:" + hash) }

// TokenCredential names the token with this id.
func TokenCredential(id int64) Credential {
	return Credential("token:" + strconv.FormatInt(id, 10))
}

// Ending tells that a credential ended; an empty Credential stands for all of
// the user's.
type Ending struct {
	Seq        int64
	User       int64
	Credential Credential
}

// Covers reports whether the ending ends what actor acts under.
func (e Ending) Covers(actor Actor) bool {
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

// HashSecret returns the form in which a secret is stored. A secret has 256
// random bits, so that a fast hash is enough.
func HashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
