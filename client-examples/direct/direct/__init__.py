"""Chat and files directly from peer to peer, as docs/direct.md of Tertulia describes it."""
