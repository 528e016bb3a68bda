"""The exhibitor's hub: tasks before the fair, the services shop, the joint catalogue."""
