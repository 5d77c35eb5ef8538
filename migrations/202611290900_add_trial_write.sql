-- Where /health/ready tries whether a write reaches the disk. One row, made anew each time.
create table es.trial_write (filler text not null);
