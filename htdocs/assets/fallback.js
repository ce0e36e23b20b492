/* SPDX-License-Identifier: Apache-2.0 */
/* No module: runs also where the pages' modules could not, and says why nothing appears. */
(function () {
  var wait = 8000;

  function explain() {
    var boot = document.querySelector('#app > .boot');
    if (!boot) return;
    boot.textContent = 'The pages could not start. If they were just installed, run "make gui" ' +
      '(it fetches the libraries they use); else the browser may be too old.';
    boot.setAttribute('role', 'alert');
  }

  window.addEventListener('error', function (e) {
    if (e.target && (e.target.tagName === 'SCRIPT' || e.target.tagName === 'LINK')) explain();
  }, true);
  setTimeout(explain, wait);
}());
