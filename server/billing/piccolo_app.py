"""The tables of billing."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from server.billing.bank_tables import (
    BankAccount,
    BankEntry,
    BankFile,
    BankSetting,
    BankStatement,
    LedgerClose,
    PayerAccount,
    RefundFile,
    SourcePayment,
)
from server.billing.evidence_tables import ExchangeRate, Payer, PayerLink, VatCheck
from server.billing.owed_tables import (
    Approval,
    ApprovalLimit,
    DueItem,
    DunningNotice,
    DunningPause,
    DunningPolicy,
    Instalment,
    PaymentPlan,
    PaymentTerms,
    PublicPayer,
)
from server.billing.stripe_tables import (
    Dispute,
    DisputeEvidence,
    Payout,
    StripeAccount,
    StripeComparison,
    StripeDifference,
    StripeMovement,
)
from server.billing.tables import (
    Checkout,
    Invoice,
    LedgerEntry,
    LedgerPosting,
    NumberSeries,
    Payment,
    Refund,
    StripeEvent,
)

APP_CONFIG = AppConfig(
    app_name="billing",
    migrations_folder_path=str(Path(__file__).parents[2] / "migrations" / "billing"),
    table_classes=[
        RefundFile,
        PayerAccount,
        LedgerClose,
        BankStatement,
        BankSetting,
        BankFile,
        BankEntry,
        BankAccount,
        LedgerEntry,
        LedgerPosting,
        NumberSeries,
        Invoice,
        Checkout,
        Payment,
        StripeEvent,
        Refund,
        VatCheck,
        Payer,
        ExchangeRate,
        StripeAccount,
        Dispute,
        DisputeEvidence,
        StripeMovement,
        Payout,
        StripeComparison,
        StripeDifference,
        PaymentTerms,
        PaymentPlan,
        DueItem,
        Instalment,
        PublicPayer,
        PayerLink,
        SourcePayment,
        DunningPolicy,
        DunningPause,
        DunningNotice,
        ApprovalLimit,
        Approval,
    ],
    migration_dependencies=["server.organisations.piccolo_app", "server.documents.piccolo_app"],
)
