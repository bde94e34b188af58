"""Celery's settings, nothing else. docs/decisions/celery-settings.md says what each is for."""

from bluegreen.store import keys
from bluegreen.store.connection import broker_settings
from bluegreen.system import environment

_broker = broker_settings(environment.redis_url())
broker_url = _broker["broker_url"]
broker_use_ssl = _broker["broker_use_ssl"]
broker_connection_retry_on_startup = True
# By default a worker gives up after 100 attempts: three quarters of an hour without Redis would end it.
broker_connection_max_retries = None
# By default a worker ends by what Redis does not allow, such as to a user whose rights have just been changed.
broker_channel_error_retry = True
broker_transport_options = {
    # Longer than any phase: a message that comes back early would run its phase beside itself.
    # What a killed worker leaves behind is taken over by the records, not by the broker.
    "visibility_timeout": 12 * 3600,
    # Without these two an idle worker on Windows never looks at messages that have come due.
    "polling_interval": 5,
    "unacked_restore_throttle": 1,
    # No message is more urgent than another: by default each queue is four lists, all named in each request.
    "priority_steps": [0],
    "socket_keepalive": True,
    **_broker["broker_transport_options"],
}

# The record in Redis is the result: it outlives the message, and a client can always ask it.
task_ignore_result = True

task_serializer = "json"
accept_content = ["json"]
# Each deploy host has a queue of its own (bluegreen/store/keys.py): no worker gets what it knows nothing of.
task_default_queue = "bluegreen"
# What comes from Flower's HTTP API: any worker asks in its name.
task_routes = {"request.*": {"queue": keys.calls()}}
task_track_started = True
task_send_sent_event = True
worker_send_task_events = True

# The pool that Windows has. Celery's time limits do nothing in it: each call has its own time-out.
worker_pool = "threads"
worker_concurrency = 4
# A worker takes what it runs and no more; the rest waits where another worker can get it.
worker_prefetch_multiplier = 1
task_acks_late = True
# A message that kills its worker must not come straight back to kill the next one.
task_reject_on_worker_lost = False
worker_cancel_long_running_tasks_on_connection_loss = False

imports = [
    "tasks.deploy.checkout",
    "tasks.deploy.determine_target",
    "tasks.deploy.deploy_new_version",
    "tasks.deploy.health_check",
    "tasks.deploy.switch_traffic",
    "tasks.deploy.verify_traffic",
    "tasks.deploy.cleanup_old_version",
    "tasks.undo.collect_logs",
    "tasks.undo.restore_traffic",
    "tasks.undo.remove_new_version",
    "workflows.calls",
]
