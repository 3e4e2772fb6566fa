// A broker of mochi-mqtt for the tests: main ADDRESS [USER PASSWORD]. It says on its output when it listens.
package main

import (
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

func main() {
	server := mqtt.New(nil)
	var err error
	if len(os.Args) == 4 {
		ledger := &auth.Ledger{Auth: auth.AuthRules{
			{Username: auth.RString(os.Args[2]), Password: auth.RString(os.Args[3]), Allow: true},
		}}
		err = server.AddHook(new(auth.Hook), &auth.Options{Ledger: ledger})
	} else {
		err = server.AddHook(new(auth.AllowHook), nil)
	}
	if err != nil {
		log.Fatal(err)
	}
	if err := server.AddListener(listeners.NewTCP(listeners.Config{ID: "tcp", Address: os.Args[1]})); err != nil {
		log.Fatal(err)
	}
	if err := server.Serve(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("ready")
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT)
	<-end
	_ = server.Close()
}
