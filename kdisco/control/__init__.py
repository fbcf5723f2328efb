"""Who makes what is into what should be: one controller, one module, one pure reconcile."""
