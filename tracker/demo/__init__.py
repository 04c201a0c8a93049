"""The bundled newsroom: a loopback news site and mail server to see the whole product at work."""
