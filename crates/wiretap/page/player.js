// Which of the events are shown: all as they come, or up to a place.

export class Player {
  /**
   * `changed` is called whenever another number of events is to be shown, and
   * `moved` when it is one more because somebody has asked for it.
   */
  constructor(changed, moved) {
    Object.assign(this, { changed, moved });
    this.total = 0;
    this.position = 0;
    /** New events are shown as they come. */
    this.following = true;
    this.timer = null;
    this.pace = 700;
  }

  get paused() {
    return !this.following && this.timer === null;
  }

  /** There are so many events now; `gone` of the oldest are none any more. */
  grow(total, gone = 0) {
    this.total = total;
    this.position = Math.max(0, this.position - gone);
    if (this.following) this.position = total;
    this.changed();
  }

  pause() {
    this.stop();
    this.changed();
  }

  /** Goes on from here, at the pace of a replay until it has caught up. */
  play() {
    this.stop();
    if (this.position >= this.total) this.following = true;
    else this.tick();
    this.changed();
  }

  step() {
    if (this.position === this.total) return;
    this.seek(this.position + 1);
    this.moved();
  }

  replay() {
    this.position = 0;
    this.play();
  }

  end() {
    this.stop();
    this.position = this.total;
    this.following = true;
    this.changed();
  }

  seek(position) {
    this.stop();
    this.position = Math.min(position, this.total);
    this.changed();
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.following = false;
  }

  tick() {
    this.timer = setTimeout(() => {
      this.position = Math.min(this.position + 1, this.total);
      if (this.position === this.total) this.end();
      else this.tick();
      this.changed();
      this.moved();
    }, this.pace);
  }
}
