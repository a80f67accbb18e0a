// Package site knows the sites whose pages may show the chat: at which origins
// they are, what visitors may do there, and whom they vouch for by tokens that
// they sign. All sites are held in memory, because every request of another
// origin is judged by them; they are read anew when the tables say that something
// ended. It never asks the network for anything, whatever a token says.
package site
