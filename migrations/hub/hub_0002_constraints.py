"""A task is due once, an answer is given once, an order is billed once and its lines stay."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from server.migrating import by_hand

ID = "0002"
VERSION = "1.38.0"
DESCRIPTION = "one deadline per task, one answer per exhibitor, lines that stay as sold"

FORWARDS = """
ALTER TABLE hub_task
    ADD CONSTRAINT hub_task_kind CHECK (kind IN ('catalogue', 'logo', 'graphics', 'badges', 'orders',
        'freight', 'insurance', 'custom')),
    ADD CONSTRAINT hub_task_due CHECK (num_nonnulls(days_before, due_on) = 1),
    ADD CONSTRAINT hub_task_days CHECK (days_before BETWEEN -365 AND 730);
CREATE UNIQUE INDEX hub_task_once ON hub_task (call, kind) WHERE kind IN ('catalogue', 'badges');
ALTER TABLE task_answer
    ADD CONSTRAINT task_answer_once UNIQUE (task, application),
    ADD CONSTRAINT task_answer_state CHECK (state IN ('open', 'done', 'not_needed'));
ALTER TABLE hub_settings
    ADD CONSTRAINT hub_settings_days CHECK (cardinality(remind_days) <= 5
        AND 0 <= ALL (remind_days) AND 365 >= ALL (remind_days));
ALTER TABLE hub_reminder
    ADD CONSTRAINT hub_reminder_kind CHECK (kind IN ('late', 'soon')),
    ADD CONSTRAINT hub_reminder_once UNIQUE (application, kind, day);
CREATE TRIGGER hub_reminder_append_only BEFORE UPDATE OR DELETE ON hub_reminder
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE shop_terms
    ADD CONSTRAINT shop_terms_surcharge CHECK (surcharge_bp BETWEEN 0 AND 20000),
    ADD CONSTRAINT shop_terms_days CHECK (late_days BETWEEN -30 AND 730
        AND last_days BETWEEN -30 AND 730),
    ADD CONSTRAINT shop_terms_order CHECK (late_days IS NULL OR last_days IS NULL OR late_days >= last_days);
ALTER TABLE shop_order
    ADD CONSTRAINT shop_order_state CHECK (state IN ('placed', 'cancelled')),
    ADD CONSTRAINT shop_order_cancelled CHECK ((state = 'cancelled') = (cancelled_at IS NOT NULL));
ALTER TABLE shop_line
    ADD CONSTRAINT shop_line_amounts CHECK (pieces > 0 AND quantity > 0 AND unit_minor >= 0
        AND net_minor >= 0 AND surcharge_bp >= 0 AND surcharge_minor >= 0);
CREATE TRIGGER shop_line_append_only BEFORE UPDATE OR DELETE ON shop_line
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""


async def forwards() -> MigrationManager:
    """The constraints and triggers."""
    return by_hand(ID, "hub", DESCRIPTION, FORWARDS)
