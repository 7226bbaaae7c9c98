/**
 * Settings of the connection to one store member. Explicit values for what the defaults get wrong here: a proxy from
 * the environment is not meant for a store, a shared connection would stay broken after its owner gave it up, etcd
 * answers in one piece, a reconnection must not wait for two minutes, and a peer that died silently must be noticed
 * although nothing is sent. Pings more often than every 5 s would make etcd close the connection.
 */
export const CHANNEL = {
  'grpc.enable_http_proxy': 0,
  'grpc.use_local_subchannel_pool': 1,
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 2_000,
} as const;
